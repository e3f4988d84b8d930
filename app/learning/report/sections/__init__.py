"""One module per section of the report: its numbers once, then drawn and tabled."""
