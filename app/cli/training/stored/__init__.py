"""Training on the payments that the service itself stored."""
