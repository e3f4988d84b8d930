"""The threshold lab and the versions of policies."""
