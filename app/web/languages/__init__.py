"""In which language a page speaks: who reads it, and the catalogue of what is said."""
