"""From the texts of a file to a first schema: what each column seems to be, and why."""
