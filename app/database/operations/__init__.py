"""What supervisors read: queue figures, lists, service levels, quality."""
