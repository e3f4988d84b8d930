"""Calibration: from a margin to a probability that means what it says."""
