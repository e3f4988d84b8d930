"""How well people judge: quick, in agreement, upheld, right; and what seeing the score does to it."""
