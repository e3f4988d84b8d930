"""Versions of policies: their history, shadow and activation."""
