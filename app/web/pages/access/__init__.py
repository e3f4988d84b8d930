"""Login, and the pages on people and keys."""
