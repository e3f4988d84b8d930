"""The screen on which a case is judged."""
