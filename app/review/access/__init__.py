"""People, their roles and abilities, and how administrators change them."""
