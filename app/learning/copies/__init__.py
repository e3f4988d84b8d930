"""Which frauds are of one origin: exact copies, near-copies, and rows interpolated between others.

Guarantees count origins, not rows, and no origin stands on both sides of a split.
"""
