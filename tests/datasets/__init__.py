"""Data files, read or refused."""
