"""People and keys by API."""
