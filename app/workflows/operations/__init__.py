"""What supervisors watch and do."""
