"""People, sessions, tokens and keys; who is shut out."""
