"""Facts about what a policy would have done."""
