"""Pure data and rules: no clock, no network, no Redis."""
