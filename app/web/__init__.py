"""HTTP: JSON endpoints and HTML pages (floor 5)."""
