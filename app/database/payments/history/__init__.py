"""States of history as they lie in the database."""
