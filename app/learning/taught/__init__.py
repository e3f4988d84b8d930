"""What networks are taught of a sample, by which recipe, and what that is worth on own payments."""
