"""Facts about the network."""
