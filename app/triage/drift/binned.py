"""What a model's quantities looked like when it learned, as a few bins each: features, score, novelty."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Floats
from app.scoring.features import FeatureSchema
from app.scoring.schema.schema import AMOUNT, OCCURRED_AT
from app.scoring.templated_text import Figure, Templated

Bins = NDArray[np.intp]

SCORE: Final = "score"
NOVELTY: Final = "novelty"
#: Every quantity has at most as many bins: ten of values, one of what is missing, one to spare.
MOST_BINS: Final = 12
_TENTHS = slice(10, 100, 10)
#: Quantiles in hundredths tell no smaller share than this: rarer words share a bin.
LEAST_SHARE: Final = 0.02
#: Novelty is the percentile of the training rows that lie nearer: its shares are known by definition.
NOVELTY_EDGES: Final = (10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 99.0)
SCORE_PARTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreReference:
    """Scores of rows by members that never saw them: all above a floor, and how many lay below it."""

    #: Fraud evidence of the rows that were kept, shape (rows,): all from the floor on, and all frauds.
    kept: Floats
    #: -inf: all rows were kept.
    floor: float
    #: Rows below the floor that were only counted.
    below: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Binned:
    """One quantity: how its values fall into bins, and which share of the reference each bin holds."""

    name: str
    #: Places of its columns; of the score and the novelty none.
    columns: tuple[int, ...] = ()
    #: A number falls into the first bin whose edge is not below it; None: one of several columns is 1.
    edges: tuple[float, ...] | None = None
    #: Of those columns, the bin of each.
    places: tuple[int, ...] = ()
    #: The column that is 1 where there is no value, and its bin.
    missing: tuple[int, int] | None = None
    shares: tuple[float, ...]
    labels: tuple[str, ...]

    def bins_of(self, raw: Floats) -> Bins:
        """Return the bin of each row; `raw` has shape (rows, columns), or (rows,) for a bare number."""
        if self.edges is None:
            return np.asarray(np.array(self.places)[np.argmax(raw[:, list(self.columns)], axis=1)])
        values = raw if raw.ndim == 1 else raw[:, self.columns[0]]
        found = np.searchsorted(np.array(self.edges), values, side="left")
        if self.missing is not None:
            column, place = self.missing
            found = np.where(raw[:, column] > 0, place, found)
        return np.asarray(found, dtype=np.intp)


@dataclass(frozen=True, kw_only=True, eq=False)
class DriftReference:
    """All quantities that are watched, in their order; the score and the novelty come last."""

    quantities: tuple[Binned, ...]
    #: On how many rows the shares rest.
    rows: int

    @cached_property
    def shares(self) -> Floats:
        """Shape (quantities, MOST_BINS); nought where a quantity has no such bin."""
        out = np.zeros((len(self.quantities), MOST_BINS))
        for number, each in enumerate(self.quantities):
            out[number, : len(each.shares)] = each.shares
        return out

    @cached_property
    def fingerprint(self) -> str:
        """Of bins and shares: under others nothing that was counted means the same."""
        told = [(each.name, each.edges, each.places, each.shares) for each in self.quantities]
        return sha256(repr(told).encode()).hexdigest()[:16]

    def bins_of(self, raw: Floats, evidence: Floats, novelty: Floats) -> Bins:
        """Return the bins of payments, shape (rows, quantities); `raw`: columns with the amount last."""
        own = {SCORE: evidence, NOVELTY: novelty}
        found = [each.bins_of(raw if each.columns else own[each.name]) for each in self.quantities]
        return np.column_stack(found)


def drift_reference(
    schema: FeatureSchema, quantiles: Floats, score: ScoreReference | None, *, rows: int
) -> DriftReference:
    """Return the reference of a model.

    `quantiles`: 0, 1, ..., 100 % quantiles of its columns before they are standardised, (columns, 101). What
    is read of a payment's own moment is left out, for the calendar moves it, and what is read of history,
    which grows by itself.
    """
    moved = {OCCURRED_AT, *(each.name for each in schema.described.derived)}
    found = [
        _of_feature(schema, name, places, quantiles)
        for name, places in schema.columns_of.items()
        if name not in moved and (name != AMOUNT or schema.described.reads_amount)
    ]
    if score is not None:
        found.append(_of_score(score))
    found.append(_numbers(NOVELTY, NOVELTY_EDGES, (0.1,) * 9 + (0.09, 0.01)))
    return DriftReference(quantities=tuple(found), rows=rows)


def _of_feature(schema: FeatureSchema, name: str, places: tuple[int, ...], quantiles: Floats) -> Binned:
    names = [schema.columns[place] for place in places]
    missing = places[-1] if names[-1] == f"{name} is missing" else None
    valued = places if missing is None else places[:-1]
    if len(valued) == 1 and not names[0].startswith(f"{name} = "):
        return _of_numbers(name, valued[0], missing, quantiles)
    return _of_words(name, places, dict(zip(places, names, strict=True)), quantiles)


def _of_numbers(name: str, column: int, missing: int | None, quantiles: Floats) -> Binned:
    points = quantiles[column]
    edges = tuple(np.unique(points[_TENTHS]).tolist())
    if edges and edges[-1] >= points[-1]:
        edges = edges[:-1]
    shares = np.bincount(np.searchsorted(edges, points, side="left"), minlength=len(edges) + 1) / points.size
    if missing is None:
        return _numbers(name, edges, tuple(shares.tolist()), columns=(column,))
    absent = float(quantiles[missing].mean())
    # What is missing stands among the values as what fills its place: the commonest bin holds it.
    shares[np.argmax(shares)] = max(shares.max() - absent, 0.0)
    shares = shares / max(shares.sum(), 1e-12) * (1 - absent)
    return _numbers(
        name, edges, (*shares.tolist(), absent), columns=(column,), missing=(missing, len(edges) + 1)
    )


def _numbers(
    name: str,
    edges: tuple[float, ...],
    shares: tuple[float, ...],
    *,
    columns: tuple[int, ...] = (),
    missing: tuple[int, int] | None = None,
) -> Binned:
    labels = [Templated("up to %(edge)s", edge=Figure(f"{edge:.4g}")) for edge in edges]
    top = Templated("above %(edge)s", edge=Figure(f"{edges[-1]:.4g}")) if edges else Templated("any")
    labels.append(top)
    return Binned(
        name=name,
        columns=columns,
        edges=edges,
        missing=missing,
        shares=shares,
        labels=(*labels, Templated("missing")) if missing is not None else tuple(labels),
    )


def _of_words(name: str, places: tuple[int, ...], names: Mapping[int, str], quantiles: Floats) -> Binned:
    told = {place: float(quantiles[place].mean()) for place in places}
    common = sorted((place for place in places if told[place] >= LEAST_SHARE), key=lambda place: -told[place])
    own = {place: number for number, place in enumerate(common[: MOST_BINS - 2])}
    if (absent := places[-1]) not in own and names[absent].endswith(" is missing"):
        own[absent] = len(own)
    shares = [told[place] for place in own]
    rest = max(1 - sum(shares), 0.0)
    whole = sum(shares) + rest
    return Binned(
        name=name,
        columns=places,
        places=tuple(own.get(place, len(own)) for place in places),
        shares=tuple(share / whole for share in (*shares, rest)),
        labels=(*(names[place].removeprefix(f"{name} = ") for place in own), Templated("all others")),
    )


def _of_score(score: ScoreReference) -> Binned:
    """Return the bins of the score: one of all that lies below the floor, several of the rest."""
    kept, whole = score.kept, score.kept.size + score.below
    parts = 10 if score.below == 0 else SCORE_PARTS
    cuts = np.quantile(kept[kept >= score.floor], np.arange(1, parts) / parts)
    floor = [] if score.below == 0 else [float(np.nextafter(score.floor, -np.inf))]
    edges = tuple(np.unique([*floor, *cuts]).tolist())
    counted = np.bincount(np.searchsorted(edges, kept, side="left"), minlength=len(edges) + 1)
    counted[0] += score.below
    return _numbers(SCORE, edges, tuple((counted / whole).tolist()))
