"""The verbs of the business, over a real database."""
