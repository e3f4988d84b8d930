"""Bounds proposed by a promise, by cost, or by the hours there are; all pure, none applied by itself."""
