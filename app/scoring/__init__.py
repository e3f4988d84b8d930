"""What the model says of a transaction, and how sure it is (floor 0: pure)."""
