"""Block and allow lists: entries, what was done with them, and the copy that intake decides by."""
