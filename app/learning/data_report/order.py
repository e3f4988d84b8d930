"""Copies of rows, and the span of time: what rows tell together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Flags, Floats

HOUR = 3600.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Groups of more than one row that a model cannot tell apart."""

    groups: int
    #: Rows in these groups, and frauds among them.
    rows: int
    frauds: int
    #: Frauds of the whole file that are not copies of another one.
    different_frauds: int
    #: Groups in which one row is fraud and another legit.
    of_both_classes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpan:
    """When the transactions happened, in seconds since the recording began."""

    first: float
    last: float
    #: Fewest and most rows in one whole hour, counted from the first row; the file's rows, unweighted.
    fewest_per_hour: int
    most_per_hour: int
    #: Whether no row of the file is earlier than the one before it.
    is_ascending: bool

    @property
    def hours(self) -> float:
        """Length of the recording."""
        return (self.last - self.first) / HOUR


def copies(hashes: NDArray[np.bytes_], is_fraud: Flags) -> Copies:
    """Return how many rows are copies; both arguments have shape (rows,), hashes as of `row_hashes`."""
    _, group_of_row, sizes = np.unique(hashes, return_inverse=True, return_counts=True)
    frauds = np.bincount(group_of_row, weights=is_fraud, minlength=sizes.size)
    several = sizes > 1
    return Copies(
        groups=int(several.sum()),
        rows=int(sizes[several].sum()),
        frauds=int(frauds[several].sum()),
        different_frauds=int((frauds > 0).sum()),
        of_both_classes=int((several & (frauds > 0) & (frauds < sizes)).sum()),
    )


def time_span(seconds: Floats) -> TimeSpan | None:
    """Return the span of times in the file's order, shape (rows,); None when no time is finite."""
    finite = seconds[np.isfinite(seconds)]
    if not finite.size:
        return None
    first, last = float(finite.min()), float(finite.max())
    fewest, most = _per_hour(finite - first)
    return TimeSpan(
        first=first,
        last=last,
        fewest_per_hour=fewest,
        most_per_hour=most,
        is_ascending=bool((np.diff(finite) >= 0).all()),
    )


def _per_hour(since_first: Floats) -> tuple[int, int]:
    """Count rows per whole hour; a last hour that is not over counts only when it is the only one.

    The hours that hold rows are counted, not all of them: a Time in milliseconds or of the year 1e300
    must not ask for that much memory.
    """
    hours, rows = np.unique(since_first // HOUR, return_counts=True)
    whole = float(since_first.max() // HOUR)
    if not whole > 0:
        return since_first.size, since_first.size
    counted = rows[hours < whole]
    return (int(counted.min()) if counted.size == whole else 0), int(counted.max())
