"""What was known of payments at a moment, and the payments themselves, as learning reads them."""
