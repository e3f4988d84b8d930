"""What changed since the model in force learned: payments followed, and what is told of them."""
