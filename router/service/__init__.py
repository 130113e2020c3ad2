"""What a router process does around the engine: intake, the pump of deadlines, applying an operation."""
