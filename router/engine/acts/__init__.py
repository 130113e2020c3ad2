"""The acts: one typed stub for each Lua function."""
