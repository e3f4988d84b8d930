"""Linked cases: groups, their verdicts, proposals."""
