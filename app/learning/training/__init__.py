"""Fitting networks: what a recipe says, the losses, the rows that are made up for training."""
