"""What a policy would have done to scores that are stored already, and what is known of its risk."""
