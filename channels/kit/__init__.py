"""What every channel adapter stands on: the port that it fills, and all that is the same for each of them."""
