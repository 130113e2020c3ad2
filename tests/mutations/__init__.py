"""Deliberate defects of the engine, and which test sees each."""
