"""What changed since a model learned: bins, PSI, bets on exchangeability, calibration, delays, costs."""
