"""What is true of payments, from whom, and how much each truth weighs."""
