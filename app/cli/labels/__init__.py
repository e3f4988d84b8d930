"""`tertium labels`: ground truth from files."""
