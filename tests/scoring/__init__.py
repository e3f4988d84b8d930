"""Facts about the scores."""
