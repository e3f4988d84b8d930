"""What a client sent of a payment, and what was read of its history, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.scoring.schema.feature import Value
from app.scoring.schema.history_features import is_of_history
from app.scoring.schema.schema import Schema
from app.scoring.templated_text import recalled
from app.web.languages.sentences import said, worded
from app.web.pages import formatting
from app.web.pages.review.feature_values import page_name, written
from app.web.pages.review.history_values import told_of_history

#: By which update of its key a payment's history was read: of use to a replay alone.
_UPDATE = ": update"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentValue:
    """One value, named as pages name it."""

    name: str
    about: str
    value: str


def sent_values(values: Mapping[str, Value], schema: Schema, currency: str) -> tuple[SentValue, ...]:
    """Return the values in the schema's order; what the schema does not know comes behind, by name."""
    order = {name: place for place, name in enumerate(schema.readable)}
    known = sorted((name for name in values if name in order), key=order.__getitem__)
    other = sorted(name for name in values if name not in order and _UPDATE not in name)
    return tuple(_sent(name, values, schema, currency) for name in (*known, *other))


def _sent(name: str, values: Mapping[str, Value], schema: Schema, currency: str) -> SentValue:
    feature, value = schema.readable.get(name), values[name]
    if is_of_history(name) and feature is not None:
        told = told_of_history(name, values, currency)
    elif feature is not None:
        told = written(feature, value)
    else:
        told = _plain(value)
    return SentValue(
        name=page_name(name), about=said(recalled(feature.about)) if feature is not None else "", value=told
    )


def _plain(value: Value) -> str:
    if value is None:
        return worded("missing")
    if isinstance(value, bool):
        return worded("yes") if value else worded("no")
    return value if isinstance(value, str) else formatting.number(float(value), 4)
