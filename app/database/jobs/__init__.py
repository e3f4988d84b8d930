"""Jobs: asked for, run, told; and the queue that hands them out."""
