"""Which rows teach which members, and which rows bounds rest on: by chance, or by time as in service.

Cross-fitted, every row teaches all members but those of its fold, which score it. Held out, the members
share three quarters of the rows (or all but the newest), and bounds rest on the others.
"""

from dataclasses import dataclass

import numpy as np

from app.learning.comparison.sample import CALIBRATION_SHARE, FOLDS, calibration_parts, origin_folds
from app.learning.copies.origins import Origins
from app.scoring.arrays import Flags, Floats, Rows
from app.scoring.schema.columns import SECONDS_A_DAY

#: With so many frauds a bound varies by a few points of the miss rate; more of them would teach more.
ENOUGH_FRAUDS = 200
#: Of the rows calibrate at least.
LEAST_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """What one group of members learns, and what it scores for all."""

    learned: Rows
    held_out: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Row indices, ascending; a row between the parts in time, whose label was not known yet, is in none."""

    development: Rows
    #: Serves the certificate alone; empty where that is cross-fitted.
    calibration: Rows
    #: Of the development rows. Where history begins with the file, its first days are in no `held_out`.
    folds: tuple[Fold, ...]

    @property
    def is_cross_fitted(self) -> bool:
        """Whether bounds rest on the rows that teach, each scored by members that never saw it."""
        return not self.calibration.size

    @property
    def scored(self) -> Rows:
        """The development rows that some fold holds out, ascending."""
        return np.sort(np.concatenate([fold.held_out for fold in self.folds]))


def stratified_parts_of(is_fraud: Flags, origins: Origins, *, seed: int, holds_out: bool = False) -> Parts:
    """Return parts by chance, rows of one origin kept together; a quarter is held out if asked for."""
    nothing = np.empty(0, dtype=np.intp)
    development, calibration = (
        calibration_parts(is_fraud, origins, seed=seed) if holds_out else (origins.kept, nothing)
    )
    held_out = origin_folds(is_fraud, origins, development, seed=seed)
    folds = [
        Fold(
            learned=np.sort(np.concatenate([part for other, part in enumerate(held_out) if other != number])),
            held_out=rows,
        )
        for number, rows in enumerate(held_out)
    ]
    return Parts(development=development, calibration=calibration, folds=tuple(folds))


def time_parts_of(
    seconds: Floats, is_fraud: Flags, *, delay_days: float, warm_up_days: float = 0.0, holds_out: bool = False
) -> Parts:
    """Return parts by time: folds are stretches of it, and each learns from all but the delay on both sides.

    The first `warm_up_days` teach, and are held out by none: a history that begins with the file knows
    nothing yet, as it never does in service. Where rows are held out, they are the last: a quarter, or less
    where less holds enough frauds, and what comes in the delay before them is in none.

    `seconds`: of each row, shape (rows,) as `is_fraud`.
    """
    delay = delay_days * SECONDS_A_DAY
    begin = _calibration_begin(seconds, is_fraud) if holds_out else np.inf
    development = np.flatnonzero(seconds < begin - delay)
    calibration = np.flatnonzero(seconds >= begin)
    warm = seconds.min(initial=np.inf) + warm_up_days * SECONDS_A_DAY
    scored = development[seconds[development] >= warm]
    edges: Floats = (
        np.quantile(seconds[scored], np.linspace(0, 1, FOLDS + 1)[1:-1]) if scored.size else np.empty(0)
    )
    place = np.searchsorted(edges, seconds[scored], side="right")
    folds = [_fold(seconds, development, scored[place == number], delay) for number in range(FOLDS)]
    return Parts(development=development, calibration=calibration, folds=tuple(folds))


def _calibration_begin(seconds: Floats, is_fraud: Flags) -> float:
    """Return when the newest rows begin that hold enough frauds, as the least and most rows allow."""
    backwards = np.argsort(seconds, kind="stable")[::-1]
    needed = int(np.searchsorted(np.cumsum(is_fraud[backwards]), ENOUGH_FRAUDS)) + 1
    least, most = (round(backwards.size * share) for share in (LEAST_SHARE, CALIBRATION_SHARE))
    return float(seconds[backwards[min(max(needed, least, 1), most) - 1]])


def _fold(seconds: Floats, development: Rows, held_out: Rows, delay: float) -> Fold:
    if not held_out.size:
        return Fold(learned=development, held_out=held_out)
    first, last = seconds[held_out].min(), seconds[held_out].max()
    of_development = seconds[development]
    is_far = (of_development < first - delay) | (of_development > last + delay)
    # Rows of the same second as an edge lie on both sides of it: none is learned from and held out.
    return Fold(learned=np.setdiff1d(development[is_far], held_out), held_out=held_out)


def apart(parts: Parts, origins: Origins) -> Parts:
    """Return the parts without rows nobody may learn from, and with each origin on one side of a border."""
    # Numbers in place of fingerprints: those are long to sort, and here it is done several times.
    different, key_of = np.unique(origins.keys, return_inverse=True)

    def without(rows: Rows, others: Rows) -> Rows:
        kept = rows[~origins.is_interpolated[rows]]
        is_other = np.zeros(different.size, dtype=np.bool_)
        is_other[key_of[others]] = True
        return kept[~is_other[key_of[kept]]]

    nothing = np.empty(0, dtype=np.intp)
    development = without(parts.development, nothing)
    folds = [
        Fold(learned=without(fold.learned, fold.held_out), held_out=without(fold.held_out, nothing))
        for fold in parts.folds
    ]
    return Parts(
        development=development,
        calibration=without(parts.calibration, development),
        folds=tuple(folds),
    )
