"""Heads: what the last hidden layer says of each class, one file per head."""
