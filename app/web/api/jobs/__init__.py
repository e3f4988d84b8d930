"""Jobs by API."""
