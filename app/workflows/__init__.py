"""What the service does: each workflow reads, lets a pure function decide, and writes (floor 4)."""
