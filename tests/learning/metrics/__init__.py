"""Facts about the metrics."""
