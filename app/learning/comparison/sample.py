"""The labelled rows of a comparison, and which of them nobody may choose by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.learning.copies.origins import Origins, origins_of
from app.learning.splits import grouped_stratified_folds, row_hashes, stratified_parts, time_parts
from app.learning.training.fitting import TrainingRows
from app.scoring.arrays import Flags, Floats, Rows

FOLDS = 4
#: Choice by the first, report by the second; both seed the folds and the fits.
CHOICE_SEEDS = (0, 1, 2, 3, 4)
REPORT_SEEDS = (5, 6, 7, 8, 9)

#: Share of the rows that only the shipped certificate may see.
CALIBRATION_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Labelled rows; rows along the first axis of each."""

    #: The features and log1p of the amount, shape (rows, columns).
    raw: Floats
    amounts: Floats
    is_fraud: Flags
    #: How many population rows each row stands for.
    weights: Floats
    #: Seconds since the first transaction; None where nobody asks for the order.
    seconds: Floats | None = None
    #: Exact copies of one transaction share a hash.
    hashes: NDArray[np.bytes_]
    #: Which rows no split may part, and which nobody may learn from.
    origins: Origins

    @classmethod
    def of(
        cls,
        features: Floats,
        amounts: Floats,
        is_fraud: Flags,
        *,
        legit_weight: float,
        seconds: Floats | None = None,
        origins: Origins | None = None,
    ) -> "Sample":
        """Build from payload values: features of shape (rows, names), amounts in currency units.

        The origins are worked out where they are not given.
        """
        hashes = row_hashes(features, amounts)
        return cls(
            raw=np.column_stack([features, np.log1p(amounts)]),
            amounts=amounts,
            is_fraud=is_fraud,
            weights=np.where(is_fraud, 1.0, legit_weight),
            hashes=hashes,
            origins=origins or origins_of(features, amounts, is_fraud, hashes),
            seconds=seconds,
        )

    def training(self, rows: Rows) -> TrainingRows:
        """Return these rows as a network sees them."""
        return TrainingRows(raw=self.raw[rows], is_fraud=self.is_fraud[rows], weights=self.weights[rows])

    def parts(self, *, seed: int) -> tuple[Rows, Rows]:
        """Return development rows and calibration rows; the latter serve the certificate alone."""
        return calibration_parts(self.is_fraud, self.origins, seed=seed)

    def by_time(self) -> tuple[Rows, Rows]:
        """Return the first three quarters of the rows in time, and the last.

        Raises ValueError where the times are unknown.
        """
        if self.seconds is None:
            raise ValueError("a split by time needs the transactions' times")
        kept = self.origins.kept
        earlier, later = time_parts(self.seconds[kept], self.origins.keys[kept], shares=(0.75, 0.25))
        return kept[earlier], kept[later]

    def folds(self, rows: Rows, *, seed: int) -> tuple[Rows, ...]:
        """Return these rows in `FOLDS` stratified parts, copies kept together."""
        return origin_folds(self.is_fraud, self.origins, rows, seed=seed)


def calibration_parts(is_fraud: Flags, origins: Origins, *, seed: int) -> tuple[Rows, Rows]:
    """Return the rows to develop on and those to calibrate on: no origin in both, ascending each.

    `is_fraud` has shape (rows,), as all that `origins` holds.
    """
    kept = origins.kept
    shares = (1 - CALIBRATION_SHARE, CALIBRATION_SHARE)
    development, calibration = stratified_parts(is_fraud[kept], origins.keys[kept], shares=shares, seed=seed)
    return kept[development], kept[calibration]


def origin_folds(is_fraud: Flags, origins: Origins, rows: Rows, *, seed: int) -> tuple[Rows, ...]:
    """Return these rows in `FOLDS` stratified parts, each origin in one of them."""
    parts = grouped_stratified_folds(is_fraud[rows], origins.keys[rows], folds=FOLDS, seed=seed)
    return tuple(rows[part] for part in parts)
