"""PostgreSQL: the embedded server, sessions, tables and one repository module per noun (floor 3)."""
