"""Facts about audits."""
