"""A payment that is read the quick way is the one that the model would have read."""

from datetime import UTC, datetime

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from app.review.card_numbers.rule import NO_CARD_NUMBER, CardNumberRule
from app.scoring.features import FeatureSchema
from app.scoring.schema.columns import Words
from app.scoring.schema.encoding import Encoding
from app.scoring.schema.feature import Feature, Kind
from app.scoring.schema.schema import Schema
from app.scoring.transaction import Transaction
from app.web.api.json_values import parse, quick_value
from app.web.api.payments.plain_payments import plain_transaction
from app.web.api.payments.schemas import TransactionIn
from app.web.problems import InvalidTransaction, NamedRefusal
from tests.scoring.builders import a_schema
from tests.web.payment_requests import bodies

NAMES = ("V1", "V2", "V3")
SCHEMA = a_schema(NAMES)
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CARD_NUMBERS = CardNumberRule(key=b"a key of the tests")
PLAIN = {
    "transaction_id": "order-1",
    "occurred_at": "2026-05-01T12:00:00Z",
    "amount": "41.90",
    "currency": "EUR",
    "features": dict.fromkeys(NAMES, 0.25),
    "attributes": {"card": "•••• 8841"},
}


def by_the_model(value: object) -> Transaction | None:
    try:
        return TransactionIn.model_validate(value).checked(SCHEMA, 7, NOW, CARD_NUMBERS)
    except (ValidationError, InvalidTransaction):
        return None


def exactly(transaction: Transaction | None) -> str:
    """Tell -0.0 from 0.0, and 1.0 from 1: what is stored may not depend on how it was read."""
    return repr(transaction)


@given(body=bodies(PLAIN))
@settings(max_examples=500)
def test_what_is_read_quickly_is_what_the_model_reads(body: bytes) -> None:
    try:
        value = parse(body)
    except NamedRefusal:
        return
    quickly = plain_transaction(value, SCHEMA, 7, NOW, CARD_NUMBERS)
    if quickly is not None:
        assert exactly(quickly) == exactly(by_the_model(value))


@given(body=bodies(PLAIN))
@settings(max_examples=500)
def test_a_value_that_is_read_quickly_is_the_one_that_is_written(body: bytes) -> None:
    quickly = quick_value(body)
    if quickly is not None:
        assert _floats(quickly) == _floats(parse(body))


def _floats(value: object) -> object:
    """Whole numbers beyond 64 bits are floats to one of both readers, and nothing we take."""
    if isinstance(value, dict):
        return {name: _floats(each) for name, each in value.items()}
    return float(value) if isinstance(value, int) and value >= 2**64 else value


@pytest.mark.parametrize(
    "written",
    [
        '{"a": 1, "a": 2}',
        '{"a:": {"b": 1, "b": "x:y"}}',
        '{"a": "\\u003a", "b": 1, "b": 2}',
        "[" * 60 + "]" * 60,
        "{" + ", ".join(f'"{number}": 0' for number in range(1_001)) + "}",
        '{"a": NaN}',
        '{"a": 1} x',
        "",
    ],
)
def test_what_is_not_plain_is_left_to_the_slow_reader(written: str) -> None:
    assert quick_value(written) is None
    assert quick_value(written.encode()) is None


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"amount": 41.9},
        {"amount": 41},
        {"occurred_at": "2026-05-01T14:00:00.123+02:00"},
        {"respond_by": "2026-05-01T12:15:00.123456Z"},
        {"respond_by": None},
        {"features": {"V3": -0.0, "V1": 1, "V2": 1e-9}},
        {"attributes": {}},
    ],
)
def test_usual_payments_are_read_quickly(changes: dict[str, object]) -> None:
    value = orjson.loads(orjson.dumps(PLAIN | changes))
    quickly = plain_transaction(value, SCHEMA, 7, NOW, CARD_NUMBERS)
    assert quickly is not None
    assert exactly(quickly) == exactly(by_the_model(value))


def test_a_payment_from_a_day_to_come_is_left_to_the_model() -> None:
    value = PLAIN | {"occurred_at": "2026-05-03T12:00:00Z"}
    assert plain_transaction(value, SCHEMA, 7, NOW, CARD_NUMBERS) is None


BANK = FeatureSchema(
    encoding=Encoding(
        schema=Schema(name="a bank's", features=(Feature(name="bank", kind=Kind.CATEGORY),)),
        words={"bank": Words(common=("north", "south"))},
    ),
    centre=np.zeros(5),
    scale=np.ones(5),
)


@pytest.mark.parametrize("place", ["features", "attributes"])
def test_a_card_number_in_a_text_is_masked_on_both_roads_or_left_to_the_model_to_refuse(place: str) -> None:
    value = PLAIN | {"features": {"bank": "north"}} | {place: {"bank": "4000 0012-3456 7899"}}
    quickly = plain_transaction(value, BANK, 7, NOW, CARD_NUMBERS)
    slowly = TransactionIn.model_validate(value).checked(BANK, 7, NOW, CARD_NUMBERS)
    assert quickly == slowly
    assert getattr(slowly, place) == CARD_NUMBERS.kept({"bank": "4000001234567899"})
    assert plain_transaction(value, BANK, 7, NOW, CardNumberRule()) is None
    with pytest.raises(InvalidTransaction) as refused:
        TransactionIn.model_validate(value).checked(BANK, 7, NOW, CardNumberRule())
    assert [(each.field, each.detail) for each in refused.value.errors] == [(f"{place}.bank", NO_CARD_NUMBER)]
