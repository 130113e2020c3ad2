"""Channel adapters: one folder each. They talk to the router over its public HTTP API only."""
