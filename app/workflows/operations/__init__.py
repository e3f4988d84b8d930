"""Queue monitor, case lists and quality, for supervisors."""
