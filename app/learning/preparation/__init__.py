"""A file's payments made ready to learn from: encoded, parted, and what forbids it said."""
