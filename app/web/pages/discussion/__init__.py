"""Pages of what a team says to each other about a case."""
