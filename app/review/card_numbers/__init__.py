"""Card numbers in texts from outside: found, refused, or kept as their last four digits."""
