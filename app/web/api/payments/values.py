"""The kinds of values in bodies about payments, each checked by one rule."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from math import inf, isfinite
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from app.review.card_numbers.finding import has_card_number
from app.review.card_numbers.rule import NO_CARD_NUMBER
from app.scoring.numbers import decimal_of
from app.scoring.schema.feature import MOST_LETTERS, Value
from app.triage.simulation.window import SMALLEST_CHANCE, TOO_SMALL

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_TEXT = re.compile(rf"[^\x00-\x1f\x7f\ud800-\udfff]{{0,{MOST_LETTERS}}}")


def _only_text(value: object) -> object:
    # A number as text would be read as seconds since 1970.
    if not isinstance(value, str) or value[4:5] != "-":
        raise ValueError("must be text in ISO 8601 with a zone, such as 2026-05-01T12:00:00Z")
    return value


def _plain_number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")  # noqa: TRY004
    # Python would also read 1_000, full-width digits and spaces around it.
    if isinstance(value, str):
        return decimal_of(value)
    return value


def _utc(moment: datetime) -> datetime:
    # Compared before it is converted: a zone can push the first or the last year over the edge.
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(f"must lie between the years {EARLIEST.year} and {LATEST.year}")
    return moment.astimezone(UTC)


def _no_card_number(text: str) -> str:
    if has_card_number(text):
        raise ValueError(NO_CARD_NUMBER)
    return text


Instant = Annotated[AwareDatetime, BeforeValidator(_only_text), AfterValidator(_utc)]
# No control characters: PostgreSQL text cannot hold NUL, and nobody can read the others.
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
# Any text but what is none: half a surrogate pair, or signs nobody can read.
FeatureName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]
AttributeName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
AttributeText = Annotated[str, StringConstraints(max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")]
# Of what is kept beside payments: a label's source, the reasons for a policy.
NoCardNumber = AfterValidator(_no_card_number)
Amount = Annotated[Decimal, BeforeValidator(_plain_number), Field(ge=0, max_digits=16, decimal_places=4)]


def _feature(value: object) -> Value:
    """Return what a body may hold as a feature; the model's schema says which of them is meant."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:  # a whole number of hundreds of digits
            number = inf
        if not isfinite(number):
            raise ValueError("must be a finite number")
        return number
    if isinstance(value, str) and _TEXT.fullmatch(value) is not None:
        return value
    raise ValueError(f"must be a number, true, false, null or a text of at most {MOST_LETTERS} signs")


FeatureValue = Annotated[
    Value,
    PlainValidator(_feature),
    WithJsonSchema({"anyOf": [{"type": each} for each in ("number", "string", "boolean", "null")]}),
]


def _not_too_small(propensity: float) -> float:
    if propensity < SMALLEST_CHANCE:
        raise ValueError(TOO_SMALL)
    return propensity


Propensity = Annotated[float, Field(strict=True, allow_inf_nan=False, le=1), AfterValidator(_not_too_small)]
