"""Which model serves, and how models are fitted, compared and reported."""
