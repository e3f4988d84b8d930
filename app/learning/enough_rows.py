"""Are there enough different rows to learn from? A copy of a payment is no further evidence."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.learning.comparison.sample import CALIBRATION_SHARE
from app.learning.splits import stratified_parts
from app.scoring.arrays import Flags, Rows
from app.triage.tuning.neyman_pearson import frauds_needed

SHARES = (1 - CALIBRATION_SHARE, CALIBRATION_SHARE)
# Three quarters of them are fitted on, in four folds, around prototypes of at least five rows each.
FEWEST_LEGITS = 200


def different_rows(hashes: NDArray[np.bytes_], is_fraud: Flags) -> Rows:
    """Return the first row of each set of copies, shape (sets,), ascending; both arguments (rows,).

    Equal rows of both classes contradict each other, and one of each is kept.
    """
    keys = np.char.add(hashes, np.where(is_fraud, b"1", b"0"))
    _, first = np.unique(keys, return_index=True)
    return np.sort(first)


def learning_faults(
    hashes: NDArray[np.bytes_], is_fraud: Flags, *, miss_rate: float, confidence: float, seed: int
) -> Iterator[str]:
    """Say what keeps labelled rows from being learned from with this promise, one sentence each.

    `seed` parts the rows as it does in `learn`.
    """
    kept = is_fraud[different_rows(hashes, is_fraud)]
    frauds, legits = int(kept.sum()), int((~kept).sum())
    needed = frauds_needed(miss_rate=miss_rate, confidence=confidence)
    _, part = stratified_parts(is_fraud, hashes, shares=SHARES, seed=seed)
    calibrating = int(is_fraud[part][different_rows(hashes[part], is_fraud[part])].sum())
    if calibrating < needed:
        yield (
            f"holds too few frauds ({_counted(frauds, int(is_fraud.sum()))}): {calibrating} would be kept"
            f" for calibration, and a miss rate of at most {miss_rate:.0%} with {confidence:.0%} confidence"
            f" needs {needed}"
        )
    if legits < FEWEST_LEGITS:
        yield (
            f"holds too few legits ({_counted(legits, int((~is_fraud).sum()))}):"
            f" {FEWEST_LEGITS} different ones are needed"
        )


def _counted(different: int, rows: int) -> str:
    return f"{different:,}" if different == rows else f"{different:,} different ones in {rows:,} rows"
