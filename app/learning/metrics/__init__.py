"""What scores, probabilities and decisions are worth, told for the population and not for the sample."""
