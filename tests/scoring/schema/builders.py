"""A schema with a feature of every kind, and payments of it."""

from datetime import UTC, datetime

import numpy as np

from app.scoring.features import FeatureSchema
from app.scoring.schema.columns import Words
from app.scoring.schema.encoding import Encoding
from app.scoring.schema.feature import Feature, Kind, Missing, Value
from app.scoring.schema.schema import LabelColumn, PaymentColumns, Schema

NOON = datetime(2026, 5, 2, 12, tzinfo=UTC)

FEATURES = (
    Feature(name="balance", kind=Kind.MONEY, unit="EUR", about="What is on the account.", digits=2),
    Feature(name="payments_today", kind=Kind.COUNT, least=0, most=1000),
    Feature(name="distance", kind=Kind.NUMERIC, unit="km", least=0, most=20_000, missing=Missing.OWN_VALUE),
    Feature(name="is_chip", kind=Kind.BOOLEAN, true=("Y",), false=("N",)),
    Feature(name="category", kind=Kind.CATEGORY, missing=Missing.OWN_VALUE, nothing=("?",)),
    Feature(name="opened", kind=Kind.TIME),
)


def an_own_schema() -> Schema:
    return Schema(
        name="shop",
        about="Payments of a shop.",
        features=FEATURES,
        payment=PaymentColumns(
            id="id", time="at", zone="Europe/Vienna", read_of_time=("hour", "weekend"), amount="amount"
        ),
        label=LabelColumn(column="fraud", fraud=("yes",), legit=("no",), delay_days=7.0),
        entities={"card": "card"},
        ignored={"row": "it numbers the rows"},
    )


def an_own_encoding() -> Encoding:
    return Encoding(
        schema=an_own_schema(),
        fill={"distance": 12.0},
        words={"category": Words(common=("food", "fuel"), rare=frozenset({"books"}))},
    )


def own_features(**changes: Value) -> dict[str, Value]:
    features: dict[str, Value] = {
        "balance": 99.0,
        "payments_today": 3.0,
        "distance": 4.5,
        "is_chip": True,
        "category": "food",
        "opened": "2026-05-01T12:00:00Z",
    }
    return features | changes


def an_own_feature_schema() -> FeatureSchema:
    encoding = an_own_encoding()
    columns = len(encoding.columns) + 1
    return FeatureSchema(encoding=encoding, centre=np.zeros(columns), scale=np.ones(columns))
