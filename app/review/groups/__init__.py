"""Linked cases, and one verdict on many."""
