"""Policies by API: documents, trials, life cycle."""
