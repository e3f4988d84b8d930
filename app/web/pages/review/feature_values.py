"""What a case's values are beside those of legit payments: numbers on a bar, words by how many share them."""

from dataclasses import dataclass
from decimal import Decimal
from math import exp, log10

import numpy as np

from app.artifacts import Model
from app.database.cases.cases import CaseFile
from app.scoring.arrays import Floats
from app.scoring.percentile import percentile_among
from app.scoring.schema.feature import NUMBERS, Feature, Kind, Value
from app.scoring.schema.own_columns import endings
from app.scoring.schema.schema import AMOUNT, AMOUNT_ENDING, OCCURRED_AT
from app.scoring.templated_text import recalled
from app.web.languages.sentences import marked, said, worded
from app.web.pages import formatting
from app.web.pages.review.history_values import spoken_name, told_of_history

# The bar's middle 72 % span the 1 to 99 % quantiles of legit payments; beyond them it bends.
INNER_START, INNER_END = 14.0, 86.0
#: What pages call the payment's own amount and moment.
OWN_NAMES = {
    AMOUNT: marked("Amount"),
    AMOUNT_ENDING: marked("Amount ends in"),
    OCCURRED_AT: marked("Time of payment"),
}
#: Quantiles know shares to a hundredth: less of legit payments is told as that.
LEAST_SHARE = 0.01
#: A word that fewer legit payments share is unusual.
UNUSUAL_SHARE = 0.04


def page_name(name: str) -> str:
    """Return what pages call a thing that a model reads.

    >>> page_name("amount"), page_name("V14"), page_name("card: fraud share 7 to 37 days ago")
    ('Amount', 'V14', 'Fraud share of this card 7 to 37 days ago')
    """
    return OWN_NAMES.get(name) or spoken_name(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Where a number lies beside those of legit payments; positions in percent of the bar."""

    at: float
    half_from: float
    half_to: float

    @property
    def half_width(self) -> float:
        """Width of the middle half of legit payments."""
        return round(self.half_to - self.half_from, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownValue:
    """One thing the model reads of a case, beside the same of legit payments."""

    name: str
    #: What it is, in a sentence; empty where the schema says nothing.
    about: str
    told: str
    bar: Bar | None
    #: How many middle halves of legit payments it lies away from their median, or as rare as that.
    oddness: float
    standing: str
    is_unusual: bool


def known_value(name: str, file: CaseFile, model: Model, values: Floats) -> KnownValue:
    """Return what the model reads under this name; `values` are the case's columns, the amount as it is."""
    places = model.schema.columns_of[name]
    quantiles = model.legit_quantiles[list(places)]
    if name == AMOUNT:
        told = formatting.money(Decimal(str(float(file.amount))), file.currency)
        return _number(name, "", told, float(values[places[0]]), quantiles[0])
    if name == OCCURRED_AT:
        local = file.occurred_at.astimezone(model.schema.described.zone)
        return _word(name, "", formatting.weekday_clock(local), share=None)
    if name == AMOUNT_ENDING:
        return _ending(file, model, values[list(places)], quantiles)
    feature = model.schema.described.readable[name]
    told = written(feature, file.features.get(name))
    if name not in model.schema.described.by_name:
        told = told_of_history(name, file.features, file.currency)
    value = file.features.get(name)
    if feature.kind in NUMBERS and value is not None:
        return _number(name, said(recalled(feature.about)), told, float(values[places[0]]), quantiles[0])
    return _word(
        name,
        said(recalled(feature.about)),
        told,
        share=_share(feature, value, values[list(places)], quantiles),
    )


def _ending(file: CaseFile, model: Model, columns: Floats, quantiles: Floats) -> KnownValue:
    decimals = model.schema.encoding.decimals or 0
    (ending,) = endings(np.array([float(file.amount)]), decimals=decimals).tolist()
    about = (
        worded("The first two decimals of the amount.")
        if decimals
        else worded("The last two digits of the amount.")
    )
    share = float((quantiles > 0.5).mean(axis=1)[int(np.argmax(columns))])
    return _word(AMOUNT_ENDING, about, f"{int(ending):02d}", share=share)


def _share(feature: Feature, value: Value, columns: Floats, quantiles: Floats) -> float | None:
    """Return the share of legit payments that have the same; None where it cannot be told."""
    if feature.kind is Kind.TIME and value is not None:
        return None
    of_legits = (quantiles > 0.5).mean(axis=1)
    if feature.kind is Kind.BOOLEAN and value is not None:
        return float(of_legits[0] if columns[0] > 0.5 else 1 - of_legits[0])
    return float(of_legits[int(np.argmax(columns)) if feature.kind is Kind.CATEGORY else -1])


def _number(name: str, about: str, told: str, value: float, quantiles: Floats) -> KnownValue:
    """Return a number; value and quantiles on the scale the model reads."""
    percentile = percentile_among(value, quantiles)
    low, high = float(quantiles[1]), float(quantiles[-2])
    return KnownValue(
        name=name,
        about=about,
        told=told,
        bar=Bar(
            at=place(value, low, high),
            half_from=place(float(quantiles[25]), low, high),
            half_to=place(float(quantiles[75]), low, high),
        ),
        oddness=abs(value - float(quantiles[50])) / max(float(quantiles[75] - quantiles[25]), 1e-9),
        standing=standing(percentile),
        is_unusual=not 2 <= percentile <= 98,
    )


def _word(name: str, about: str, told: str, *, share: float | None) -> KnownValue:
    return KnownValue(
        name=name,
        about=about,
        told=told,
        bar=None,
        oddness=0.0 if share is None else -log10(max(share, LEAST_SHARE / 10)),
        standing="" if share is None else shared_by(share),
        is_unusual=share is not None and share < UNUSUAL_SHARE,
    )


def shared_by(share: float) -> str:
    """Return how many legit payments have the same, in words.

    >>> shared_by(0.0)
    'of under 1\u202f% of legit'
    """
    if share < LEAST_SHARE:
        return worded("of under %(least_share)s of legit", least_share=formatting.percent(LEAST_SHARE))
    return worded("of %(share)s of legit", share=formatting.percent(share))


def written(feature: Feature, value: Value) -> str:
    """Return a value as its schema wants it read: with decimals and unit."""
    if value is None:
        return worded("missing")
    if feature.kind is Kind.BOOLEAN:
        return worded("yes") if value else worded("no")
    if isinstance(value, str):
        return value
    digits = feature.digits if feature.digits is not None else _usual_digits(feature, float(value))
    written = formatting.number(float(value), digits)
    return f"{written}{formatting.THIN}{worded(feature.unit)}" if feature.unit else written


def _usual_digits(feature: Feature, value: float) -> int:
    if feature.kind is Kind.COUNT:
        return 0
    return 2 if feature.kind is Kind.MONEY or abs(value) < 1000 else 0


def standing(percentile: float) -> str:
    """Return a percentile among legit payments in words."""
    if percentile < 0:
        return worded("lower than all seen")
    if percentile > 100:
        return worded("higher than all seen")
    if 25 <= percentile <= 75:
        return worded("ordinary")
    if percentile < 50:
        return worded("lower than %(value)s", value=_most(100 - percentile))
    return worded("higher than %(percentile)s", percentile=_most(percentile))


def _most(percentile: float) -> str:
    return formatting.percent(min(percentile, 99.0) / 100)


def place(value: float, low: float, high: float) -> float:
    """Return where a value lies on the bar: straight between the quantiles, ever slower beyond."""
    width = max(high - low, 1e-9)
    share = (value - low) / width
    if share < 0:
        return round(INNER_START * exp(share), 2)
    if share > 1:
        return round(100 - (100 - INNER_END) * exp(1 - share), 2)
    return round(INNER_START + share * (INNER_END - INNER_START), 2)
