"""The only client of Redis: every transition is one atomic act."""
