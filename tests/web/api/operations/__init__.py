"""The API of operations, asked over HTTP."""
