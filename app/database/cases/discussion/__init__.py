"""What a team says to each other about a case, as it is stored."""
