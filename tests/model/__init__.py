"""The engine a second time, in plain Python: what the random steps compare it with."""
