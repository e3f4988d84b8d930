"""The lab, proposals, and the life of a policy version."""
