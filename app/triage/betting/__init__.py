"""Means of bounded numbers, bounded by bets: intervals that hold at every moment, and paired comparisons."""
