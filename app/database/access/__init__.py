"""Rows of people, sessions, tokens and keys."""
