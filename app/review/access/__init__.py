"""Who works here, what each may do, and how that changes."""
