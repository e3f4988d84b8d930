"""Pages of the block and allow lists."""
