"""Facts about learning."""
