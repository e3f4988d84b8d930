"""How well people decide, for programs that watch."""
