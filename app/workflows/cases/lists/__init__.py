"""Lists people work with: views of the queue, selections from it, and cases that leave as files."""
