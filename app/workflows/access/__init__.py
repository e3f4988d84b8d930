"""People, sessions, tokens and keys, and their revocation."""
