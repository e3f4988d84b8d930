"""Which case is next, how long it may wait, and how much will wait."""
