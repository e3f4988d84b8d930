"""Parts of the labelled data that share no transaction, not even a copy of one."""

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Floats, Rows

# Public copies of the same transaction differ from the ninth decimal on.
DECIMALS = 6


class Split(StrEnum):
    """How rows are parted."""

    #: By chance, each part with its share of frauds: where rows have no order that matters.
    STRATIFIED = "stratified"
    #: The later rows calibrate: what a card or a terminal shows in one part is not learned from in another.
    TIME = "time"


def row_hashes(features: Floats, amounts: Floats) -> NDArray[np.bytes_]:
    """Return one 32-byte fingerprint per row of what the model sees, shape (transactions,).

    Values are rounded to six decimals first, so that copies stored with fewer digits count as equal.
    """
    rounded = np.ascontiguousarray(np.round(np.column_stack([features, amounts]), DECIMALS) + 0.0)
    # A trailing zero byte would be cut from a numpy byte string; the hex form has none.
    return np.array([sha256(row.tobytes()).hexdigest() for row in rounded], dtype="S64")


def short_hashes(hashes: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    """Return the first eight bytes of each fingerprint: enough to know a row again, in little room."""
    return np.array([int(each[:16], 16) for each in hashes.tolist()], dtype=np.uint64)


def rows_sha256(hashes: NDArray[np.bytes_]) -> str:
    """Return the fingerprint of a set of rows, whatever their order."""
    return sha256(b"\n".join(np.sort(hashes).tolist())).hexdigest()


def stratified_parts(
    is_fraud: NDArray[np.bool_], hashes: NDArray[np.bytes_], *, shares: Sequence[float], seed: int
) -> tuple[Rows, ...]:
    """Return row indices of each part, frauds and legits shared out alike, copies kept together.

    `is_fraud` and `hashes` have shape (transactions,); `shares` add up to one. A group of equal rows
    counts as fraud when one of them is. Indices are ascending.

    Raises ValueError when the shares do not add up to one.
    """
    _check_shares(shares)
    generator = np.random.Generator(np.random.PCG64(seed))
    _, group_of_row, sizes = np.unique(hashes, return_inverse=True, return_counts=True)
    frauds_in_group = np.bincount(group_of_row, weights=is_fraud, minlength=sizes.size)
    part_of_group = np.empty(sizes.size, dtype=np.intp)
    for stratum in (frauds_in_group > 0, frauds_in_group == 0):
        groups = generator.permutation(np.flatnonzero(stratum))
        middles = np.cumsum(sizes[groups]) - sizes[groups] / 2
        edges = np.cumsum(shares)[:-1] * sizes[groups].sum()
        part_of_group[groups] = np.searchsorted(edges, middles, side="right")
    part_of_row = part_of_group[group_of_row]
    return tuple(np.flatnonzero(part_of_row == part) for part in range(len(shares)))


def grouped_stratified_folds(
    is_fraud: NDArray[np.bool_], hashes: NDArray[np.bytes_], *, folds: int, seed: int
) -> tuple[Rows, ...]:
    """Return the row indices of each fold: `stratified_parts` with as many equal shares.

    Of frauds, and of legits, each fold holds an equal share to within one group of equal rows.

    Raises ValueError when there are fewer than two folds.
    """
    if folds < 2:
        raise ValueError(f"at least two folds are needed, not {folds}")
    return stratified_parts(is_fraud, hashes, shares=(1 / folds,) * folds, seed=seed)


def time_parts(seconds: Floats, hashes: NDArray[np.bytes_], *, shares: Sequence[float]) -> tuple[Rows, ...]:
    """Return row indices of each part, the parts in time order, copies kept together.

    `seconds` and `hashes` have shape (transactions,); `shares` (of the rows) add up to one. A group of
    equal rows lies where its first row lies, so a later copy may lie in a part before its time; rows of
    the same second keep their order. Indices are ascending.

    Raises ValueError when the shares do not add up to one.
    """
    _check_shares(shares)
    place = np.empty(seconds.size, dtype=np.intp)
    place[np.argsort(seconds, kind="stable")] = np.arange(seconds.size)
    _, group_of_row = np.unique(hashes, return_inverse=True)
    first_place = np.full(seconds.size, seconds.size)
    np.minimum.at(first_place, group_of_row, place)
    # Rounded, because a sum of shares lies a hair beside the row it means.
    edges = np.round(np.cumsum(shares)[:-1] * seconds.size)
    part_of_row = np.searchsorted(edges, first_place[group_of_row], side="right")
    return tuple(np.flatnonzero(part_of_row == part) for part in range(len(shares)))


def _check_shares(shares: Sequence[float]) -> None:
    if abs(sum(shares) - 1) > 1e-9 or min(shares) <= 0:
        raise ValueError(f"shares above zero must add up to one, not {shares}")
