"""What a card, a terminal or a device did before a payment: its state, what is read of it, how it moves on."""
