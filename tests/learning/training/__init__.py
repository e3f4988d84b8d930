"""Facts about fitting networks."""
