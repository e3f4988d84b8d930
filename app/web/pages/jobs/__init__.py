"""Pages of jobs, and of asking for a training."""
