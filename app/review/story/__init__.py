"""A cardholder's story: what the card, device or merchant of a payment did before it, as facts to be told."""
