"""Measuring a model on labelled files, those among them that taught it."""
