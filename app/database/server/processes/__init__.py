"""The processes of the embedded PostgreSQL: its programs, its files, who looks after it, whether it lives."""
