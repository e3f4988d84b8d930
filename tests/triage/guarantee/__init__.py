"""Facts about guarantees that are watched while policies decide."""
