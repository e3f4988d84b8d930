"""The known payments most like a case: three frauds and three legits.

Alike means near in the standardised features, each held within a few deviations (Euclidean). Not in the
network's last hidden layer: there, alike is what the network scores alike, and the neighbours would only
repeat its score. In the features they are a second opinion, and any architecture keeps them.

A distance is told as a percentile: how many of a hundred pairs of known legit payments lie nearer to
each other than the case and its neighbour do. It is one scale for frauds and legits, and for all cases.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.review.outcome import GroundTruth
from app.scoring.arrays import Flags, Floats

NEAREST = 3
# Standard deviations: beyond this all values count as equally far, or one wild column alone would decide.
REACH = 5.0
# What lies nearer is the same payment sent twice, and teaches nothing.
DUPLICATE = 1e-9
# From fewer legit payments no percentile is told.
FEWEST_LEGITS = 100
HOURS = 24
# An hour is called quiet or busy only by so many legit payments, over at least so many seconds.
FEWEST_FOR_HOURS, SHORTEST_FOR_HOURS = 500, 7 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A payment whose truth is known, and how it became known."""

    transaction_key: int
    label: GroundTruth
    #: As reported, such as `chargeback`; `verdict` when a colleague judged it.
    source: str
    amount: Decimal
    currency: str
    occurred_at: datetime
    learned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A known payment and how far it lies from the case."""

    known: Known
    distance: float
    #: Share (0-100) of pairs of known legit payments that lie nearer to each other; None: too few known.
    percentile: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The nearest known payments of each kind, nearest first."""

    frauds: tuple[Neighbour, ...]
    legits: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HourShare:
    """How many of the known legit payments came in the hour of a case."""

    #: Of the day, in UTC.
    hour: int
    share: float
    payments: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labelled:
    """Known payments as columns, each of shape (rows,), in the order in which they became known."""

    known: tuple[Known, ...]
    transaction_keys: NDArray[np.int64]
    #: Standardised and held within `REACH`; shape (rows, columns).
    vectors: Floats
    is_fraud: Flags
    #: Seconds since 1970.
    occurred_at: Floats
    learned_at: Floats
    #: Distances between pairs of legit payments, rising; shape (pairs,).
    legit_distances: Floats

    @classmethod
    def of(cls, known: Sequence[Known], vectors: Floats) -> "Labelled":
        """Return the columns of these payments, whose standardised vectors have shape (rows, columns).

        Raises ValueError when a vector is missing.
        """
        if vectors.ndim != 2 or len(vectors) != len(known):
            raise ValueError(f"expected ({len(known)}, columns), got {vectors.shape=}")
        held = np.clip(vectors, -REACH, REACH)
        is_fraud = np.array([each.label is GroundTruth.FRAUD for each in known], dtype=np.bool_)
        return cls(
            known=tuple(known),
            transaction_keys=np.array([each.transaction_key for each in known], dtype=np.int64),
            vectors=np.ascontiguousarray(held),
            is_fraud=is_fraud,
            occurred_at=np.array([each.occurred_at.timestamp() for each in known], dtype=np.float64),
            learned_at=np.array([each.learned_at.timestamp() for each in known], dtype=np.float64),
            legit_distances=_pairwise(held[~is_fraud]),
        )

    def joined(self, newer: "Labelled", *, most: int) -> "Labelled":
        """Return both, the newer truth of a payment replacing the older, and only the newest `most`."""
        kept = np.flatnonzero(~np.isin(self.transaction_keys, newer.transaction_keys))
        kept = kept[max(0, kept.size + len(newer.known) - most) :]

        def both(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(self, name)[kept], getattr(newer, name)])[-most:]

        vectors, is_fraud = both("vectors"), both("is_fraud")
        return Labelled(
            known=(*(self.known[row] for row in kept.tolist()), *newer.known)[-most:],
            transaction_keys=both("transaction_keys"),
            vectors=vectors,
            is_fraud=is_fraud,
            occurred_at=both("occurred_at"),
            learned_at=both("learned_at"),
            legit_distances=_pairwise(vectors[~is_fraud]),
        )

    def without(self, transaction_keys: Sequence[int]) -> "Labelled":
        """Return what is left when nothing is known of these any more."""
        kept = np.flatnonzero(~np.isin(self.transaction_keys, np.array(transaction_keys, dtype=np.int64)))
        vectors, is_fraud = self.vectors[kept], self.is_fraud[kept]
        return Labelled(
            known=tuple(self.known[row] for row in kept.tolist()),
            transaction_keys=self.transaction_keys[kept],
            vectors=vectors,
            is_fraud=is_fraud,
            occurred_at=self.occurred_at[kept],
            learned_at=self.learned_at[kept],
            legit_distances=_pairwise(vectors[~is_fraud]),
        )

    def nearest(
        self,
        vector: Floats,
        *,
        transaction_key: int,
        occurred_by: datetime,
        known_by: datetime,
        apart: Collection[int] = (),
    ) -> Nearest:
        """Return the known payments nearest to a standardised vector, shape (columns,).

        Passed over: the payment itself and those `apart`, exact duplicates of it, what occurred after it
        (`occurred_by`), and what was learned after `known_by`.
        """
        difference = self.vectors - np.clip(vector, -REACH, REACH)
        distances = np.sqrt(np.einsum("ij,ij->i", difference, difference))
        allowed = (
            (distances > DUPLICATE)
            & ~np.isin(self.transaction_keys, [transaction_key, *apart])
            & (self.occurred_at <= occurred_by.timestamp())
            & (self.learned_at <= known_by.timestamp())
        )
        return Nearest(
            frauds=self._first(distances, allowed & self.is_fraud),
            legits=self._first(distances, allowed & ~self.is_fraud),
        )

    def hour_share(self, at: datetime) -> HourShare | None:
        """Return how usual the hour of a moment is; None while too little is known to say so."""
        legit = self.occurred_at[~self.is_fraud]
        if legit.size < FEWEST_FOR_HOURS or np.ptp(legit) < SHORTEST_FOR_HOURS:
            return None
        hour = int(at.timestamp() // 3600 % HOURS)
        share = float((legit // 3600 % HOURS == hour).mean())
        return HourShare(hour=hour, share=share, payments=legit.size)

    def _first(self, distances: Floats, among: Flags) -> tuple[Neighbour, ...]:
        rows = np.flatnonzero(among)
        ranked = rows[np.argsort(distances[rows], kind="stable")[:NEAREST]]
        return tuple(
            Neighbour(
                known=self.known[row],
                distance=float(distances[row]),
                percentile=self._percentile(float(distances[row])),
            )
            for row in ranked.tolist()
        )

    def _percentile(self, distance: float) -> float | None:
        pairs = self.legit_distances
        if pairs.size < FEWEST_LEGITS // 2:
            return None
        return float(np.searchsorted(pairs, distance) / pairs.size * 100)


def _pairwise(vectors: Floats) -> Floats:
    """Return the distances between the rows of the first half and those of the second, rising."""
    half = len(vectors) // 2
    return np.sort(np.linalg.norm(vectors[:half] - vectors[half : 2 * half], axis=1))
