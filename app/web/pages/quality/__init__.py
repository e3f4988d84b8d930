"""How well people judge."""
