"""Help: the terms of the product, explained."""
