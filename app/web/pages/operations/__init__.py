"""What supervisors see: load, lists, feeds."""
