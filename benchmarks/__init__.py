"""Measured, as ratios within one run: machines are noisy, neighbours are not constant."""
