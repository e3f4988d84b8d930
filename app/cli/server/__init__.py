"""`tertium serve`, its HTTP server, and where a command finds settings and database."""
