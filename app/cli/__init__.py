"""The tertium command (floor 7)."""
