"""Payments in; answers, outcomes and labels."""
