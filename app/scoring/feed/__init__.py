"""What rows of a right feed look like together, and noticing when a client's do not."""
