"""Cases that belong together, and one judgement on many."""
