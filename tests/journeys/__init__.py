"""End to end, and through disasters."""
