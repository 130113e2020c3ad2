"""The history checker: reads a workspace's events and says which promises they break. It knows nothing of Redis."""
