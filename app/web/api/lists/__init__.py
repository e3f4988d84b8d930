"""Block and allow lists, for tools."""
