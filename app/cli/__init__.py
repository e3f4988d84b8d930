"""The tertium command (floor 8)."""
