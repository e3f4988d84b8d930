"""`tertium doctor`: what the service depends on, looked at."""
