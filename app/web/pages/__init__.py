"""HTML endpoints and the frozen dataclasses their templates read."""
