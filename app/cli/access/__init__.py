"""People and keys from a shell: who may come in, and who is shut out."""
