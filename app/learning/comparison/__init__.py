"""The protocol: screen once, choose on development rows, report once on other folds."""
