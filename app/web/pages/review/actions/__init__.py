"""Addresses of the review page that change a case."""
