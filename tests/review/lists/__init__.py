"""The lists, held to their rules."""
