"""Rows of payments: decisions, outcomes, labels, scores, search."""
