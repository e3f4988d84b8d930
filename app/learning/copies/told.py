"""What was found of copies, in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.learning.copies.origins import Origins
from app.scoring.arrays import Flags, Rows


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say of some frauds, and which rows they are."""

    sentence: str
    #: Ascending.
    rows: Rows


def different_frauds(origins: Origins, is_fraud: Flags) -> int:
    """Return on how many frauds a guarantee may rest; `is_fraud` has shape (rows,)."""
    return int(np.unique(origins.keys[is_fraud & ~origins.is_interpolated]).size)


def findings(origins: Origins, is_fraud: Flags) -> Iterator[Finding]:
    """Yield what is suspected beyond exact copies, without full stops; `is_fraud` has shape (rows,)."""
    if origins.is_unsure:
        mixes = origins.is_interpolated | origins.is_mixed
        yield Finding(f"The file {missing_originals(origins, is_fraud)}", np.flatnonzero(mixes))
        return
    if near := int(origins.is_near_copy.sum()):
        of_how_many = np.unique(origins.keys[origins.is_near_copy]).size
        yield Finding(
            f"{near:,} frauds are near-copies of {of_how_many:,} different ones, as of oversampling: they"
            " lie far closer together than other payments do, are kept together in any split, and count once",
            np.flatnonzero(origins.is_near_copy),
        )
    if between := int(origins.is_interpolated.sum()):
        yield Finding(
            f"{between:,} frauds lie exactly between two others, as SMOTE makes them: they are neither"
            " learned from nor counted",
            np.flatnonzero(origins.is_interpolated),
        )
    if mixed := int(origins.is_mixed.sum()):
        yield Finding(
            f"{mixed:,} frauds are exact mixes of each other: they are kept together in any split, and count"
            " as one",
            np.flatnonzero(origins.is_mixed),
        )


def missing_originals(origins: Origins, is_fraud: Flags) -> str:
    """Return why nothing is guaranteed of such frauds: a clause about the file; both of shape (rows,)."""
    seen = int((origins.is_interpolated | origins.is_mixed).sum())
    return (
        f"holds frauds interpolated between others that are missing, as SMOTE makes them ({seen:,} of"
        f" {int(is_fraud.sum()):,} are exact mixes of others): how many different ones they come from"
        " cannot be told, and no guarantee can rest on them; give the frauds as they were recorded"
    )
