"""Rows of policy versions, their life and their simulations."""
