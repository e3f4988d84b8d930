"""Counts over millions of labels, of which most are the same: only those that differ are looked at."""

import numpy as np
from numpy.typing import NDArray

from app.triage.labels import LABELS, Codes

_SIZE = len(LABELS)


def count_each(labels: Codes) -> NDArray[np.intp]:
    """Count codes into `LABELS`; shape (labels,)."""
    return np.array([np.count_nonzero(labels == code) for code in range(_SIZE)], dtype=np.intp)


def count_pairs(before: Codes, after: Codes) -> NDArray[np.intp]:
    """Count transactions by both their codes into `LABELS`; shape (labels before, labels after)."""
    changed = np.flatnonzero(before != after)
    was, becomes = before[changed], after[changed]
    pairs = np.bincount(was * np.int8(_SIZE) + becomes, minlength=_SIZE**2).reshape(_SIZE, _SIZE)
    stayed = count_each(before) - pairs.sum(axis=1)
    return pairs + np.diag(stayed)
