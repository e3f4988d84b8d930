"""HTTP, as programs and browsers meet it."""
