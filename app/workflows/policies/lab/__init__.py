"""The threshold lab: stored payments decided by another policy."""
