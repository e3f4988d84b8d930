"""Policies as values: fields, documents, TOML, order and states."""
