"""The origin of each row: what a guarantee may count once, and no split may tear apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.learning.copies.interpolated import Interpolated, interpolated
from app.learning.copies.near_copies import near_copy_groups
from app.scoring.arrays import Flags, Floats, Rows

# Of what is drawn to compare with; the same file is told the same.
SEED = 20260101
# More legits tell no more of what is usual.
MOST_LEGITS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Origins:
    """Which rows are of one origin; rows along the first axis of each array."""

    #: Rows of one origin share a key: the fingerprint of one of them.
    keys: NDArray[np.bytes_]
    #: Frauds with near-copies.
    is_near_copy: Flags
    #: Frauds interpolated between others of the file: neither learned from nor counted.
    is_interpolated: Flags
    #: Frauds that are exact mixes of each other; they share one key.
    is_mixed: Flags
    #: Whether frauds are interpolated between others that are missing; then all share one key.
    is_unsure: bool = False

    @classmethod
    def of_copies(cls, hashes: NDArray[np.bytes_]) -> "Origins":
        """Return the origins by exact copies alone; hashes as of `row_hashes`, shape (rows,)."""
        nowhere = np.zeros(hashes.size, dtype=np.bool_)
        return cls(keys=hashes, is_near_copy=nowhere, is_interpolated=nowhere, is_mixed=nowhere)

    @property
    def kept(self) -> Rows:
        """The rows that may be learned from, ascending."""
        return np.flatnonzero(~self.is_interpolated)


def origins_of(features: Floats, amounts: Floats, is_fraud: Flags, hashes: NDArray[np.bytes_]) -> Origins:
    """Return the origin of each row of finite values: features (rows, columns), the rest (rows,).

    Only frauds are compared beyond their fingerprints: copies of legits are paid as often. The same rows
    in the same order have the same origins.
    """
    different, first, place = np.unique(hashes, return_index=True, return_inverse=True)
    frauds = np.unique(place[is_fraud])
    generator = np.random.Generator(np.random.PCG64(SEED))
    legits = generator.permutation(np.flatnonzero(~is_fraud))[:MOST_LEGITS]
    if frauds.size < 2 or legits.size < 2:
        return Origins.of_copies(hashes)
    seen = np.column_stack([features, np.log1p(amounts)])
    points, beside = _standardised(seen[first[frauds]], seen[legits])
    group = near_copy_groups(points, beside[: frauds.size])
    _, leader, sizes = np.unique(group, return_index=True, return_counts=True)
    # An amount may be rounded or have been scaled otherwise: the features alone lie on straight lines.
    points, beside = _standardised(features[first[frauds[leader]]], features[legits])
    found = interpolated(points, beside, generator=generator)
    leader = _joined(leader, found)
    keys = different.copy()
    keys[frauds] = different[frauds[leader[group]]]

    def of_rows(flags: Flags) -> Flags:
        """Return, for every row, what was found of its group."""
        of_different = np.zeros(different.size, dtype=np.bool_)
        of_different[frauds] = flags[group]
        of_row: Flags = of_different[place] & is_fraud
        return of_row

    return Origins(
        keys=keys[place],
        is_near_copy=of_rows(sizes > 1),
        is_interpolated=of_rows(found.is_between),
        is_mixed=of_rows(found.is_mixed),
        is_unsure=found.is_unsure,
    )


def _joined(leader: Rows, found: Interpolated) -> Rows:
    """Return the leader of each group, one for all that are mixed, or for all where nothing is sure."""
    together = np.ones(leader.size, dtype=np.bool_) if found.is_unsure else found.is_mixed
    return np.where(together, leader[together].min(initial=leader.max()), leader)


def _standardised(frauds: Floats, legits: Floats) -> tuple[Floats, Floats]:
    """Return both in standard deviations of the legits, without columns that never move."""
    spread = np.where(np.ptp(legits, axis=0) > 0, legits.std(axis=0), frauds.std(axis=0))
    moves = spread > 0
    return frauds[:, moves] / spread[moves], legits[:, moves] / spread[moves]
