"""The lists by API."""
