"""What commands show of themselves: how far a file is read, how much memory it took."""
