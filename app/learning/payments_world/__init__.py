"""A world of invented cards, terminals and thieves, whose payments have columns that a person understands."""
