"""Quality of verdicts: speed, agreement, overturned shares, accuracy, and the effect of seeing the score."""
