"""The features with most impact and the most unusual ones, each beside the legit payments."""

from dataclasses import dataclass
from decimal import Decimal
from math import exp

import numpy as np

from app.artifacts import Model
from app.database.cases.cases import CaseFile
from app.scoring.arrays import Floats
from app.scoring.explanation import Explanation
from app.scoring.features import AMOUNT
from app.scoring.percentile import percentile_among
from app.web.pages import formatting

SHOWN = 6
# Without an opinion to show there is room for more of the data.
SHOWN_BLIND = 10
# The bar's middle 72 % span the 1 to 99 % quantiles of legit payments; beyond them it bends.
INNER_START, INNER_END = 14.0, 86.0
# A pull below this share of the strongest is told as none.
FAINT = 0.05
# So many features are named as making the machine unsure.
NAMED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One row of the strip; positions in percent of the bar."""

    name: str
    value: str
    at: float
    half_from: float
    half_to: float
    is_unusual: bool
    standing: str
    #: Pull towards fraud, -100 to 100 of the strongest; None when the machine keeps its opinion.
    pull: float | None
    #: What it adds to the spread, -100 to 100 of the strongest of all features; None likewise.
    doubt: float | None

    @property
    def half_width(self) -> float:
        """Width of the middle half of legit payments."""
        return round(self.half_to - self.half_from, 2)

    @property
    def towards(self) -> str:
        """The pull in words."""
        if self.pull is None:
            return ""
        if abs(self.pull) < FAINT * 100:
            return "hardly any impact"
        return "towards fraud" if self.pull > 0 else "towards legit"

    @property
    def makes(self) -> str:
        """The doubt in words."""
        if self.doubt is None:
            return ""
        if abs(self.doubt) < FAINT * 100:
            return "hardly matters"
        return "less sure" if self.doubt > 0 else "surer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What all features together make of an ordinary legit payment, in words."""

    pulls: str
    doubts: str


def strip(
    file: CaseFile, model: Model, values: Floats, explanation: Explanation | None, *, shown: int
) -> tuple[Feature, ...]:
    """Return the rows: those that pull most, or, without an opinion, those most unusual."""
    weights = _oddness(values, model.legit_quantiles) if explanation is None else abs(explanation.evidence)
    comparable = [column for column in range(len(values)) if _is_comparable(model, column, file.currency)]
    chosen = sorted(comparable, key=lambda column: -weights[column])[:shown]
    return tuple(
        _feature(
            model.schema.columns[column],
            float(values[column]),
            model.legit_quantiles[column].tolist(),
            currency=file.currency,
            pull=None if explanation is None else _of_strongest(explanation.evidence, column),
            doubt=None if explanation is None else _of_strongest(explanation.spread, column),
        )
        for column in chosen
    )


def sums(model: Model, explanation: Explanation) -> Sums:
    """Return the sum of all pulls, and which features make the machine least sure."""
    unsure = sorted(range(len(explanation.spread)), key=lambda column: -explanation.spread[column])
    names = [_spoken(model.schema.columns[c]) for c in unsure[:NAMED] if explanation.spread[c] > 0]
    return Sums(pulls=formatting.signed(explanation.evidence_gained), doubts=" and ".join(names))


def _of_strongest(contributions: Floats, column: int) -> float:
    strongest = float(np.abs(contributions).max()) or 1.0
    return round(float(contributions[column]) / strongest * 100, 1)


def _spoken(name: str) -> str:
    return "amount" if name == AMOUNT else name


def _oddness(values: Floats, quantiles: Floats) -> Floats:
    """Return how many middle halves of legit payments each value lies away from their median."""
    halves = np.maximum(quantiles[:, 75] - quantiles[:, 25], 1e-9)
    return np.asarray(np.abs(values - quantiles[:, 50]) / halves)


def _is_comparable(model: Model, column: int, currency: str) -> bool:
    """An amount says nothing beside amounts of another currency."""
    return model.schema.columns[column] != AMOUNT or model.schema.knows_currency(currency)


def standing(percentile: float) -> str:
    """Return a percentile among legit payments in words."""
    if percentile < 0:
        return "lower than all seen"
    if percentile > 100:
        return "higher than all seen"
    if 25 <= percentile <= 75:
        return "ordinary"
    if percentile < 50:
        return f"lower than {_most(100 - percentile)}"
    return f"higher than {_most(percentile)}"


def _most(percentile: float) -> str:
    return formatting.percent(min(percentile, 99.0) / 100)


def _feature(
    name: str,
    value: float,
    quantiles: list[float],
    *,
    currency: str,
    pull: float | None,
    doubt: float | None,
) -> Feature:
    percentile = percentile_among(value, quantiles)
    low, high = quantiles[1], quantiles[-2]
    is_amount = name == AMOUNT
    return Feature(
        name="Amount" if is_amount else name,
        value=formatting.money(Decimal(str(float(value))), currency)
        if is_amount
        else formatting.number(value),
        at=place(value, low, high),
        half_from=place(quantiles[25], low, high),
        half_to=place(quantiles[75], low, high),
        is_unusual=not 2 <= percentile <= 98,
        standing=standing(percentile),
        pull=pull,
        doubt=doubt,
    )


def place(value: float, low: float, high: float) -> float:
    """Return where a value lies on the bar: straight between the quantiles, ever slower beyond."""
    width = max(high - low, 1e-9)
    share = (value - low) / width
    if share < 0:
        return round(INNER_START * exp(share), 2)
    if share > 1:
        return round(100 - (100 - INNER_END) * exp(1 - share), 2)
    return round(INNER_START + share * (INNER_END - INNER_START), 2)
