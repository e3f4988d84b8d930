"""Are there enough different rows to learn from? A copy of a payment is no further evidence."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.learning.copies.origins import Origins
from app.learning.copies.told import different_frauds, missing_originals
from app.scoring.arrays import Flags, Rows
from app.triage.tuning.neyman_pearson import frauds_needed

# They are fitted on in four folds, around prototypes of at least five rows each.
FEWEST_LEGITS = 200


def different_rows(keys: NDArray[np.bytes_], is_fraud: Flags) -> Rows:
    """Return the first row of each origin, shape (origins,), ascending; both arguments (rows,).

    Rows of one origin and both classes contradict each other, and one of each is kept.
    """
    _, first = np.unique(np.char.add(keys, np.where(is_fraud, b"1", b"0")), return_index=True)
    return np.sort(first)


def without_copied_frauds(keys: NDArray[np.bytes_], is_fraud: Flags) -> Rows:
    """Return all legits, and the first fraud of each origin, ascending; both arguments (rows,).

    Copies of legits stay: they are paid as often, and weigh as the population's payments do.
    """
    counted = ~is_fraud
    counted[different_rows(keys, is_fraud)] = True
    return np.flatnonzero(counted)


def learning_faults(
    origins: Origins, is_fraud: Flags, *, miss_rate: float, confidence: float
) -> Iterator[str]:
    """Say what keeps labelled rows from being learned from with this promise, one sentence each."""
    frauds = different_frauds(origins, is_fraud)
    legits = int((~is_fraud[different_rows(origins.keys, is_fraud)]).sum())
    needed = frauds_needed(miss_rate=miss_rate, confidence=confidence)
    if origins.is_unsure:
        yield missing_originals(origins, is_fraud)
    elif frauds < needed:
        yield (
            f"holds too few frauds ({_counted(frauds, int(is_fraud.sum()))}): a miss rate of at most"
            f" {miss_rate:.0%} with {confidence:.0%} confidence needs {needed}"
        )
    if legits < FEWEST_LEGITS:
        yield (
            f"holds too few legits ({_counted(legits, int((~is_fraud).sum()))}):"
            f" {FEWEST_LEGITS} different ones are needed"
        )


def _counted(different: int, rows: int) -> str:
    return f"{different:,}" if different == rows else f"{different:,} different ones in {rows:,} rows"
