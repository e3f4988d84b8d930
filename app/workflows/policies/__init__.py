"""The lab, proposed thresholds, and the life cycle of a policy version."""
