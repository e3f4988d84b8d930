"""What a card, a terminal or a device did before: its state, what is read of it, how it moves on."""
