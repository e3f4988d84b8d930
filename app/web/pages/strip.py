"""The few features worth a look, each beside what legit payments look like."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from app.artifacts import Model
from app.database.cases import CaseFile
from app.scoring.features import AMOUNT
from app.web.pages import words

Floats = NDArray[np.float64]

SHOWN = 6
# Without an opinion to show there is room for more of the data.
SHOWN_BLIND = 10
# The bar's middle 72 % span the 1 to 99 % quantiles of legit payments; beyond them it bends.
INNER_START, INNER_END = 14.0, 86.0
# A pull below this share of the strongest is told as none.
FAINT = 0.05


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
            return "hardly pulls"
        return "towards fraud" if self.pull > 0 else "towards legit"


def values_of(file: CaseFile, model: Model) -> Floats | None:
    """Return the case's columns in payload units; None when the model reads other features."""
    if model.schema.problems(file.features):
        return None
    return np.array([*(file.features[name] for name in model.schema.names), float(file.amount)])


def strip(
    file: CaseFile, model: Model, values: Floats, pulls: Floats | None, *, shown: int
) -> tuple[Feature, ...]:
    """Return the rows: those that pull most, or, without an opinion, those most unusual."""
    weights = (_oddness(values, model.legit_quantiles) if pulls is None else np.abs(pulls)).tolist()
    comparable = [column for column in range(len(values)) if _is_comparable(model, column, file.currency)]
    chosen = sorted(comparable, key=lambda column: -weights[column])[:shown]
    strongest = max((weights[column] for column in chosen), default=0.0) or 1.0
    return tuple(
        _feature(
            model.schema.columns[column],
            float(values[column]),
            model.legit_quantiles[column].tolist(),
            currency=file.currency,
            pull=None if pulls is None else round(float(pulls[column]) / strongest * 100, 1),
        )
        for column in chosen
    )


def _oddness(values: Floats, quantiles: Floats) -> Floats:
    """Return how many middle halves of legit payments each value lies away from their median."""
    halves = np.maximum(quantiles[:, 75] - quantiles[:, 25], 1e-9)
    return np.asarray(np.abs(values - quantiles[:, 50]) / halves)


def _is_comparable(model: Model, column: int, currency: str) -> bool:
    """An amount says nothing beside amounts of another currency."""
    return model.schema.columns[column] != AMOUNT or model.schema.knows_currency(currency)


def rank(value: float, quantiles: Sequence[float] | Floats) -> float:
    """Return which percentile of legit payments a value has reached; -1 and 101 are beyond all of them."""
    if value < quantiles[0]:
        return -1.0
    if value > quantiles[-1]:
        return 101.0
    # Where many legit payments share one value, it stands in the middle of them.
    below = int(np.searchsorted(quantiles, value, side="left"))
    up_to = int(np.searchsorted(quantiles, value, side="right")) - 1
    return (below + max(up_to, below - 1)) / 2


def standing(percentile: float) -> str:
    """Return a percentile in words."""
    if percentile < 0:
        return "lower than any legit payment seen"
    if percentile > 100:
        return "higher than any legit payment seen"
    if 25 <= percentile <= 75:
        return "ordinary for a legit payment"
    if percentile < 50:
        return f"lower than {_most(100 - percentile)} of legit payments"
    return f"higher than {_most(percentile)} of legit payments"


def _most(percentile: float) -> str:
    return words.percent(min(percentile, 99.0) / 100)


def _feature(
    name: str, value: float, quantiles: list[float], *, currency: str, pull: float | None
) -> Feature:
    percentile = rank(value, quantiles)
    low, high = quantiles[1], quantiles[-2]
    is_amount = name == AMOUNT
    return Feature(
        name="Amount" if is_amount else name,
        value=words.money(value, currency) if is_amount else words.number(value),
        at=place(value, low, high),
        half_from=place(quantiles[25], low, high),
        half_to=place(quantiles[75], low, high),
        is_unusual=not 2 <= percentile <= 98,
        standing=standing(percentile),
        pull=pull,
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
