"""Facts about proposed bounds."""
