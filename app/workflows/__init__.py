"""One module per verb of the business: read, decide, write (floor 4)."""
