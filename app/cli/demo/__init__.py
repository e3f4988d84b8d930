"""`tertium demo`: invented payments for a service of its own."""
