"""Payments by themselves: what is known of one, of what it was made with, and of what somebody decided."""
