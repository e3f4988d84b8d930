"""The known payments most like a case, as rows of one small table."""

from dataclasses import dataclass
from datetime import datetime

from app.review.neighbours import Nearest, Neighbour
from app.web.languages.sentences import worded
from app.web.pages import formatting


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourView:
    """One known payment: what it was, how that became known, and how near it lies."""

    label: str
    amount: str
    occurred: str
    #: The same, as short as can be.
    when: str
    source: str
    distance: str
    #: Share of pairs of legit payments that lie farther apart; empty while too few are known.
    closer_than: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """The neighbours, or why there are none."""

    rows: tuple[NeighbourView, ...]
    #: In place of rows.
    nothing: str


def alike(nearest: Nearest | None, *, beside: datetime) -> Alike:
    """Return frauds, then legits, each nearest first; `beside` is when the case itself occurred."""
    if nearest is None:
        return Alike(rows=(), nothing=worded("No known payment can be compared with this one."))
    rows = tuple(_row(neighbour, beside) for neighbour in (*nearest.frauds, *nearest.legits))
    nothing = "" if rows else worded("Of no payment before this one is the truth known yet.")
    return Alike(rows=rows, nothing=nothing)


def _row(neighbour: Neighbour, beside: datetime) -> NeighbourView:
    known, percentile = neighbour.known, neighbour.percentile
    return NeighbourView(
        label=known.label.value,
        amount=formatting.money(known.amount, known.currency),
        occurred=formatting.day(known.occurred_at),
        when=formatting.short_day(known.occurred_at, beside),
        source=worded(known.source.replace("_", " ")),
        distance=formatting.number(neighbour.distance),
        closer_than="" if percentile is None else formatting.percent(1 - percentile / 100),
    )
