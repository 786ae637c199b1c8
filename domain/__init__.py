"""What may happen, and what must follow. Pure Python: imports the standard library and this room only."""
