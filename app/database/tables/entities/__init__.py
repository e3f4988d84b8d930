"""Tables of what payments share: cards, merchants, devices and addresses."""
