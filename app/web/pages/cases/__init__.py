"""Queue, search, a case's record, escalations."""
