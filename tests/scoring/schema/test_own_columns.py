"""What a model reads of a payment's own moment and amount: the clocks of a zone, and how its coins end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.learning.preparation.encoding import fit_encoding
from app.scoring.schema.encoding import Encoding, encoding_from
from app.scoring.schema.own_columns import (
    DAYS,
    ENDINGS,
    OF_TIME,
    amount_columns,
    endings,
    of_amount,
    of_time,
    time_columns,
)
from app.scoring.schema.refusal import SchemaRefused
from app.scoring.schema.schema import AMOUNT_ENDING, OCCURRED_AT, PaymentColumns, Schema

ZONES = st.sampled_from(
    ["UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]
).map(ZoneInfo)
#: From 1990 to 2036.
MOMENTS = st.integers(631_152_000, 2_114_380_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


# Clocks of Lord Howe Island are put forward by half an hour, at half past three (UTC).
@example(datetime(2026, 10, 3, 15, 20, tzinfo=UTC), ZoneInfo("Australia/Lord_Howe"))
@example(datetime(2026, 10, 3, 15, 40, tzinfo=UTC), ZoneInfo("Australia/Lord_Howe"))
@given(MOMENTS, ZONES)
def test_hour_weekend_and_weekday_are_those_of_the_wall_clock(moment: datetime, zone: ZoneInfo) -> None:
    (told,) = of_time(OF_TIME, np.array([moment.timestamp()]), zone).tolist()
    columns = dict(zip(time_columns(OF_TIME), told, strict=True))
    local = moment.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    turn = 2 * np.pi * ((local.replace(tzinfo=None) - midnight) / timedelta(days=1))
    assert columns["hour (sine)"] == pytest.approx(np.sin(turn), abs=1e-6)
    assert columns["hour (cosine)"] == pytest.approx(np.cos(turn), abs=1e-6)
    assert columns["weekend"] == (local.weekday() >= 5)
    assert [day for day in DAYS if columns[f"weekday = {day}"]] == [f"{local:%A}"]


def test_the_day_begins_at_midnight_of_the_zone_on_both_sides_of_a_change_of_clocks() -> None:
    vienna = ZoneInfo("Europe/Vienna")
    for change in (datetime(2026, 3, 29, tzinfo=vienna), datetime(2026, 10, 25, tzinfo=vienna)):
        # Days of the wall clock, of 23 and of 25 hours.
        begins = [(change + timedelta(days=days)).timestamp() for days in (0, 1)]
        assert (begins[1] - begins[0]) / 3600 != 24
        around = np.array([begins[0] - 1, begins[0], begins[1] - 1, begins[1]])
        told = of_time(("weekday",), around, vienna)
        assert [DAYS[place] for place in told.argmax(axis=1)] == ["Saturday", "Sunday", "Sunday", "Monday"]


def test_a_moment_that_nobody_knows_has_no_day() -> None:
    assert not of_time(OF_TIME, np.array([np.nan]), ZoneInfo("Europe/Vienna")).any()


@given(st.integers(0, 10**14), st.sampled_from([0, 2, 3, 4]))
def test_an_amount_ends_as_it_is_written(coins: int, decimals: int) -> None:
    amount = Decimal(coins).scaleb(-decimals)
    (told,) = endings(np.array([float(amount)]), decimals=decimals).tolist()
    whole = amount.quantize(Decimal("0.01"), ROUND_DOWN) if decimals else amount / 100
    assert told == int(f"{whole:.2f}"[-2:])
    (columns,) = of_amount(np.array([float(amount)]), decimals=decimals).tolist()
    assert sum(columns) == 1
    named = dict(zip(amount_columns(("ending",)), columns, strict=True))
    ends = f"amount ends in {int(told):02d}" if told in ENDINGS else "amount ends otherwise"
    assert named[ends] == 1


@pytest.mark.parametrize(
    ("amount", "decimals", "ending"),
    [
        ("12.99", 2, 99),
        ("7", 2, 0),
        ("0.29", 2, 29),
        ("1980", 0, 80),
        ("999", 0, 99),
        ("5", 0, 5),
        ("1.995", 3, 99),
        ("1.950", 3, 95),
        ("0.999", 3, 99),
    ],
)
def test_endings_of_currencies_with_two_none_and_three_decimals(
    amount: str, decimals: int, ending: int
) -> None:
    assert endings(np.array([float(amount)]), decimals=decimals).tolist() == [ending]


def a_schema(*currencies: str, amount: str = "total") -> Schema:
    return Schema(
        name="shop",
        features=(),
        payment=PaymentColumns(
            time="at",
            read_of_time=("weekday",),
            amount=amount,
            read_of_amount=("ending",),
            currencies=currencies,
        ),
    )


@pytest.mark.parametrize("currencies", [("EUR", "JPY"), ("KWD", "EUR"), ("XAU",), ("QQQ",)])
def test_endings_of_currencies_with_different_decimals_are_refused(currencies: tuple[str, ...]) -> None:
    with pytest.raises(SchemaRefused, match="same number of decimals"):
        a_schema(*currencies)


def test_what_is_read_of_nothing_or_unknown_is_refused() -> None:
    with pytest.raises(SchemaRefused, match="needs the column of the amount"):
        a_schema("EUR", amount="")
    payment = replace(a_schema("EUR").payment, read_of_amount=("cents",))
    with pytest.raises(SchemaRefused, match="knows ending, not cents"):
        Schema(name="shop", features=(), payment=payment)


@pytest.mark.parametrize(("currency", "amount", "column"), [("EUR", 12.99, 99), ("JPY", 1990.0, 90)])
def test_an_encoding_keeps_the_decimals_it_was_fitted_with(currency: str, amount: float, column: int) -> None:
    schema = a_schema(currency)
    fitted = fit_encoding(schema, {}, np.zeros(1), np.arange(1))
    again = encoding_from(schema, fitted.described())
    assert again.decimals == fitted.decimals is not None
    assert again.sources == (*[OCCURRED_AT] * 7, *[AMOUNT_ENDING] * 6)
    (row,) = again.encoded([{}], [datetime(2026, 5, 2, 12, tzinfo=UTC)], np.array([amount])).tolist()
    told = [name for name, value in zip(again.columns, row, strict=True) if value]
    assert told == ["weekday = Saturday", f"amount ends in {column}"]


def test_a_schema_that_reads_no_ending_says_nothing_of_decimals() -> None:
    schema = replace(a_schema("EUR"), payment=PaymentColumns(time="at", amount="total"))
    assert fit_encoding(schema, {}, np.zeros(1), np.arange(1)).described() == {"fill": {}, "words": {}}
    assert Encoding(schema=schema).decimals is None
