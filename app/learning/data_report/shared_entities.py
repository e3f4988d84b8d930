"""How far frauds that come later share a card, a device or the like with those known before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Flags, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedEntity:
    """One entity on both sides of a moment; each share is of the later rows in which it stands."""

    name: str
    #: Frauds after the moment.
    later_frauds: int
    #: Of later frauds, and of later legits: which had a fraud, or any payment, before.
    frauds_with_earlier_fraud: float
    legits_with_earlier_fraud: float
    frauds_with_earlier_payment: float


def shared_entity(
    name: str, codes: NDArray[np.int32], is_fraud: Flags, earlier: Rows, later: Rows
) -> SharedEntity:
    """Return what rows share across a moment; `codes` (-1: nothing) and `is_fraud` have shape (rows,)."""
    before, after = earlier[codes[earlier] >= 0], later[codes[later] >= 0]
    of_frauds = np.isin(codes[after], codes[before[is_fraud[before]]])
    of_payments = np.isin(codes[after], codes[before])
    fraud = is_fraud[after]
    return SharedEntity(
        name=name,
        later_frauds=int(fraud.sum()),
        frauds_with_earlier_fraud=_share(of_frauds[fraud]),
        legits_with_earlier_fraud=_share(of_frauds[~fraud]),
        frauds_with_earlier_payment=_share(of_payments[fraud]),
    )


def _share(flags: Flags) -> float:
    return float(flags.mean()) if flags.size else 0.0
