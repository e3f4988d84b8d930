"""What changed since the model in force learned: the page."""
