"""What is looked at though the machine decided: how audits are spread, and how they are drawn."""
