"""What commands do for own payments alone."""
