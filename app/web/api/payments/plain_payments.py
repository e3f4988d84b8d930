"""Payments as nearly all are written, read in a third of the time that the model takes.

What is read here is a part of what `TransactionIn` accepts, with the same result; for all else the answer
is None, and the model says what it is or what is wrong with it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.review.card_numbers.rule import CardNumberRule
from app.scoring.features import FeatureSchema
from app.scoring.schema.feature import Value
from app.scoring.transaction import Transaction
from app.web.api.payments.meaning import sha256_of_meaning
from app.web.api.payments.schemas import FUTURE_AT_MOST
from app.web.api.payments.values import EARLIEST, LATEST

REQUIRED = frozenset({"transaction_id", "occurred_at", "amount", "currency", "features"})
ALLOWED = REQUIRED | {"attributes", "respond_by"}
MOST_ATTRIBUTES = 32
NUMBERS = frozenset({float, int})
SCALARS = frozenset({float, int, str, bool, type(None)})
NONE: dict[str, str] = {}

# No control characters, and no half of a surrogate pair, which escapes of JSON may write.
_identifier = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,128}").fullmatch
_attribute_name = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,64}").fullmatch
_attribute_text = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{0,256}").fullmatch
_currency = re.compile(r"[A-Z]{3}").fullmatch
_amount = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,4})?").fullmatch
_moment = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3}|\.[0-9]{6})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
).fullmatch


def plain_transaction(
    value: object, schema: FeatureSchema, client_id: int, now: datetime, card_numbers: CardNumberRule
) -> Transaction | None:
    """Return what `TransactionIn.model_validate(value).checked(...)` would; None where only that can tell."""
    if type(value) is not dict or not (value.keys() >= REQUIRED and value.keys() <= ALLOWED):
        return None
    meaning: dict[str, Any] = {
        "transaction_id": _text(value["transaction_id"], _identifier),
        "occurred_at": _instant(value["occurred_at"]),
        "amount": _decimal(value["amount"]),
        "currency": _text(value["currency"], _currency),
        "features": _features(value["features"], schema),
        "attributes": _attributes(value.get("attributes", NONE)),
    }
    if None in meaning.values() or meaning["occurred_at"] > now + FUTURE_AT_MOST:
        return None
    told = meaning["transaction_id"], meaning["features"], meaning["attributes"]
    if card_numbers.must_look(*told):
        if card_numbers.faults(*told):
            return None
        meaning |= {name: card_numbers.kept(meaning[name]) for name in ("features", "attributes")}
    meaning["respond_by"] = None
    if (respond_by := value.get("respond_by")) is not None:
        meaning["respond_by"] = until = _instant(respond_by)
        if until is None or until <= meaning["occurred_at"]:
            return None
    return Transaction(client_id=client_id, body_sha256=sha256_of_meaning(**meaning), **meaning)


def _text(value: object, matches: Callable[[str], object]) -> str | None:
    return value if type(value) is str and matches(value) is not None else None


def _instant(value: object) -> datetime | None:
    if type(value) is not str or _moment(value) is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.astimezone(UTC) if EARLIEST <= moment <= LATEST else None


def _decimal(value: object) -> Decimal | None:
    """Read an amount; of a float, the digits that it is written with."""
    text = repr(value) if type(value) in NUMBERS else value
    return Decimal(text) if type(text) is str and _amount(text) is not None else None


def _features(value: object, schema: FeatureSchema) -> Mapping[str, Value] | None:
    """Return a body's features where they are all that this schema knows, and nothing else."""
    if type(value) is not dict or not _can_be_written(schema):
        return None
    kinds = set(map(type, value.values()))
    try:
        # No problems: no name is missing, and no word that JSON has no number for is among them.
        if not kinds <= SCALARS or schema.problems(value):
            return None
    except OverflowError:  # a whole number of hundreds of digits
        return None
    if str in kinds and any(type(text) is str and _attribute_text(text) is None for text in value.values()):
        return None
    if int not in kinds:
        return value
    return {name: float(each) if type(each) is int else each for name, each in value.items()}


@lru_cache(maxsize=8)
def _can_be_written(schema: FeatureSchema) -> bool:
    """Whether a model's names are such as a body may hold."""
    return all(_attribute_text(name) is not None for name in schema.names)


def _attributes(value: object) -> Mapping[str, str] | None:
    if type(value) is not dict or len(value) > MOST_ATTRIBUTES:
        return None
    for name, text in value.items():  # of JSON, whose names are text
        if type(text) is not str or _attribute_name(name) is None or _attribute_text(text) is None:
            return None
    return value
