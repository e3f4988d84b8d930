"""How each quantity of a model stands: its index of late, the bets on it, and since when it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from app.scoring.arrays import Floats
from app.triage.drift.binned import Binned, DriftReference
from app.triage.drift.days import Arrived, together
from app.triage.drift.exchangeability import DriftBets
from app.triage.drift.stability import Band, Stability, stability


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The recent windows an index is told of, in days."""

    short: int = 7
    long: int = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class BinShare:
    """One bin of a quantity: its share now and in the reference."""

    label: str
    now: float
    then: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityStanding:
    """A feature, the score or the novelty."""

    name: str
    short: Stability
    long: Stability
    #: ln of what the bets on a change have won; at `enough` it is called one.
    evidence: float
    enough: float
    #: When the bets had won enough, and since when it seems changed by them; None: they have not.
    alarmed_at: datetime | None
    changed_at: datetime | None
    #: The first of the days, up to the last, that all lie outside the stable band; None: the last does not.
    apart_since: date | None
    bins: tuple[BinShare, ...]

    @property
    def is_apart(self) -> bool:
        """Whether recent payments are not what the model learned from."""
        return self.short.band in {Band.MODERATE, Band.LARGE}

    @property
    def is_changed(self) -> bool:
        """Whether anything speaks for a change."""
        return self.is_apart or self.alarmed_at is not None


def quantities(
    reference: DriftReference, bets: DriftBets, days: Sequence[tuple[date, Arrived]], *, last: date
) -> tuple[QuantityStanding, ...]:
    """Return how each quantity stands after `last`, the most changed first."""
    windows, shape = Windows(), reference.shares.shape
    recent = [together(_within(days, last, length), shape) for length in (windows.short, windows.long)]
    evidence = bets.evidence
    found = []
    for number, binned in enumerate(reference.quantities):
        shares = reference.shares[number]
        short, long = (stability(each.counts[number], shares, rows=reference.rows) for each in recent)
        found.append(
            QuantityStanding(
                name=binned.name,
                short=short,
                long=long,
                evidence=float(evidence[number]),
                enough=bets.enough,
                alarmed_at=_moment(bets.alarmed_at[number]),
                changed_at=_moment(bets.changed_at[number]),
                apart_since=_apart_since(days, number, shares, reference.rows),
                bins=_bins(binned, recent[0].counts[number]),
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.short.corrected, -each.evidence)))


def _within(days: Sequence[tuple[date, Arrived]], last: date, length: int) -> list[tuple[date, Arrived]]:
    return [each for each in days if 0 <= (last - each[0]).days < length]


def _apart_since(days: Sequence[tuple[date, Arrived]], number: int, shares: Floats, rows: int) -> date | None:
    """Return the first of the last days that are all apart; days with too few payments say nothing."""
    since = None
    for day, arrived in reversed(days):
        band = stability(arrived.counts[number], shares, rows=rows).band
        if band is Band.STABLE:
            break
        if band is not Band.TOO_FEW:
            since = day
    return since


def _bins(binned: Binned, counts: Floats) -> tuple[BinShare, ...]:
    whole = max(float(counts.sum()), 1.0)
    return tuple(
        BinShare(label=label, now=float(count) / whole, then=share)
        for label, count, share in zip(binned.labels, counts, binned.shares, strict=False)
    )


def _moment(seconds: float) -> datetime | None:
    return None if np.isnan(seconds) else datetime.fromtimestamp(float(seconds), UTC)
