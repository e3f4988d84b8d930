"""Facts about the protocol of the comparison."""
