"""Views of the queue, and notes of cases that left as files."""
