"""Facts about means bounded by bets."""
