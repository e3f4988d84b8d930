"""Jobs: asked for by people, run beside the requests, each kind by its own work."""
