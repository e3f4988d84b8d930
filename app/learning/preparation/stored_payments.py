"""Payloads of stored payments as columns to learn from: the same as those of a file of the same schema."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.scoring.schema.columns import Column, column_of
from app.scoring.schema.feature import Feature, Kind, Value
from app.scoring.schema.schema import Schema


def fits(schema: Schema, features: Mapping[str, Value], currency: str) -> bool:
    """Whether a payment is one of a schema's: it has these features and no others, in a currency of it."""
    if schema.reads_amount and currency not in schema.payment.currencies:
        return False
    if not features.keys() <= schema.by_name.keys():
        return False
    return all(each.problem(features.get(each.name)) is None for each in schema.features)


def stored_columns(schema: Schema, payloads: Sequence[Mapping[str, Value]]) -> dict[str, Column]:
    """Return the columns of payments that fit, by the feature's name; shape (payments,) each."""
    return {
        each.name: _column(each, [payload.get(each.name) for payload in payloads]) for each in schema.features
    }


def _column(feature: Feature, values: Sequence[Value]) -> Column:
    if feature.kind is not Kind.CATEGORY:
        return column_of(feature, values)
    words = tuple(sorted({str(value) for value in values if value is not None}))
    places = {word: place for place, word in enumerate(words)}
    codes = [-1 if value is None else places[str(value)] for value in values]
    return Column(codes=np.array(codes, dtype=np.int32), words=words)
