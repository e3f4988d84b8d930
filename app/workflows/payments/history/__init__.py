"""What payments read of history as they arrive."""
