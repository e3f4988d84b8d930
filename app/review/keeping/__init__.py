"""For whom, and until when, a case is kept: offers, assignments, waits."""
