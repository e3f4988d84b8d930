"""Rows of policy versions, their life cycle and their simulations."""
