"""Facts about the first schema of a file."""
