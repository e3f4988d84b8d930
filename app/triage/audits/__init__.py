"""What was not looked at: how audits are spread and drawn, and what they tell of the rest."""
