"""What a team's payments hold, as data: the columns a model reads, what they mean, how a file writes them."""
