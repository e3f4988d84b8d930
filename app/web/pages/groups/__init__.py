"""Linked cases: groups, what is said of them, proposals."""
