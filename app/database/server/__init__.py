"""The server itself: the embedded PostgreSQL, sessions, migrations, faults, COPY."""
