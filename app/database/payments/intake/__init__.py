"""What intake writes, in one statement."""
