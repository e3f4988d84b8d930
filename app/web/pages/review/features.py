"""The features with most impact and the most unusual ones, each beside the legit payments."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.artifacts import Model
from app.database.cases.cases import CaseFile
from app.scoring.arrays import Floats
from app.scoring.explanation import Explanation
from app.scoring.schema.schema import AMOUNT, AMOUNT_ENDING
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.review.feature_values import Bar, known_value, page_name

SHOWN = 6
# Without an opinion to show there is room for more of the data.
SHOWN_BLIND = 10
# A pull below this share of the strongest is told as none.
FAINT = 0.05
# So many features are named as making the machine unsure.
NAMED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One row of the strip."""

    name: str
    #: What it is, in a sentence; empty where the schema says nothing.
    about: str
    value: str
    #: None for what is no number: a word, yes or no, nothing.
    bar: Bar | None
    is_unusual: bool
    standing: str
    #: Pull towards fraud, -100 to 100 of the strongest; None when the machine keeps its opinion.
    pull: float | None
    #: What it adds to the spread, -100 to 100 of the strongest of all features; None likewise.
    doubt: float | None

    @property
    def towards(self) -> str:
        """The pull in words."""
        if self.pull is None:
            return ""
        if abs(self.pull) < FAINT * 100:
            return worded("hardly any impact")
        return worded("towards fraud") if self.pull > 0 else worded("towards legit")

    @property
    def makes(self) -> str:
        """The doubt in words."""
        if self.doubt is None:
            return ""
        if abs(self.doubt) < FAINT * 100:
            return worded("hardly matters")
        return worded("less sure") if self.doubt > 0 else worded("surer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What all features together make of an ordinary legit payment, in words."""

    pulls: str
    doubts: str


def strip(
    file: CaseFile, model: Model, values: Floats, explanation: Explanation | None, *, shown: int
) -> tuple[Feature, ...]:
    """Return the rows: those that pull most, or, without an opinion, those most unusual.

    `values`: the case's columns, the amount as it is, shape (columns,).
    """
    schema = model.schema
    known = [known_value(name, file, model, values) for name in schema.read]
    pulls = None if explanation is None else schema.by_source(explanation.evidence)
    doubts = None if explanation is None else schema.by_source(explanation.spread)
    weights = [each.oddness for each in known] if pulls is None else np.abs(pulls).tolist()
    comparable = [
        place for place, name in enumerate(schema.read) if _is_comparable(model, name, file.currency)
    ]
    chosen = sorted(comparable, key=lambda place: -weights[place])[:shown]
    return tuple(
        Feature(
            name=page_name(known[place].name),
            about=known[place].about,
            value=known[place].told,
            bar=known[place].bar,
            is_unusual=known[place].is_unusual,
            standing=known[place].standing,
            pull=None if pulls is None else _of_strongest(pulls, place),
            doubt=None if doubts is None else _of_strongest(doubts, place),
        )
        for place in chosen
    )


def sums(model: Model, explanation: Explanation) -> Sums:
    """Return the sum of all pulls, and which features make the machine least sure."""
    spread = model.schema.by_source(explanation.spread)
    unsure = sorted(range(len(spread)), key=lambda place: -spread[place])
    read = [model.schema.read[place] for place in unsure[:NAMED] if spread[place] > 0]
    names = [page_name(name) for name in read]
    return Sums(pulls=formatting.signed(explanation.evidence_gained), doubts=_both(names))


def _both(names: Sequence[str]) -> str:
    return worded("%(one)s and %(other)s", one=names[0], other=names[1]) if len(names) > 1 else "".join(names)


def _of_strongest(contributions: Floats, place: int) -> float:
    strongest = float(np.abs(contributions).max()) or 1.0
    return round(float(contributions[place]) / strongest * 100, 1)


def _is_comparable(model: Model, name: str, currency: str) -> bool:
    """An amount says nothing beside amounts of another currency, or to a model that reads none."""
    if name not in {AMOUNT, AMOUNT_ENDING}:
        return True
    return model.schema.described.reads_amount and currency in model.schema.currencies
