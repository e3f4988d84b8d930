"""Facts about feeds as a whole."""
