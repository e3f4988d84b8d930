"""Payments by what they share: a card, a device, a merchant, an address."""
