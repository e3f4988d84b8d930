"""Rows of cases: queue, claims, verdicts, groups, timeline."""
