"""Tertium: fraud, legit, or a person decides."""
