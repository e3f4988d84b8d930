"""PostgreSQL: the embedded server, sessions, tables and repositories, on a real server."""
