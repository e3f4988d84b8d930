"""Block and allow lists: cards, merchants, devices and addresses that are decided without the score."""
