"""The ground floor: clock, ids, errors, log. Imports nothing of the house."""
