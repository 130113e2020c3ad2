"""A floor to watch: customers and agents who are robots, on a real operation."""
