"""What a person wants to know of a data file before a model learns from it."""
