"""Facts about cases: what is like them, and why they deserve a look."""
