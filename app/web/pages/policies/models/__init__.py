"""The installed models: what each is, where it stands, and its first policy."""
