"""What a team says to each other about a case: comments, files, messages."""
