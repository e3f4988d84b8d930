"""Files of any team's payments, read as their schema says."""
