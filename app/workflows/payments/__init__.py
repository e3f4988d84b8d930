"""Intake, scoring, deciding, outcomes, labels."""
