"""Training, calibration and evaluation (floor 2: pure)."""
