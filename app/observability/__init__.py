"""What operators see of the service: log lines and metrics, never a payment's content."""
