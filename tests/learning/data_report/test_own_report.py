"""What a team's own payments are warned of, each by a file that has it and one that has not."""

from dataclasses import replace

import numpy as np
import pytest

from app.learning.data_report.own_report import own_report
from app.learning.data_report.own_rows import OwnRows
from app.scoring.arrays import Floats
from app.scoring.schema.columns import Column
from app.scoring.schema.feature import Feature, Kind, Missing
from app.scoring.schema.schema import LabelColumn, PaymentColumns, Schema

ROWS = 4_000
DRAW = np.random.default_rng(11)
SECONDS: Floats = np.arange(ROWS, dtype=np.float64) * 3_600.0
IS_FRAUD = np.arange(ROWS) % 50 == 7


def schema(*kinds: Kind, label: LabelColumn | None = None) -> Schema:
    features = tuple(Feature(name=kind.value, kind=kind, missing=Missing.OWN_VALUE) for kind in kinds)
    return Schema(
        name="s",
        features=features,
        payment=PaymentColumns(time="t", amount="a"),
        label=label or LabelColumn(column="y"),
    )


def rows(columns: dict[Kind, Column], *, label: LabelColumn | None = None) -> OwnRows:
    return OwnRows(
        schema=schema(*columns, label=label),
        columns={kind.value: column for kind, column in columns.items()},
        entities={},
        seconds=SECONDS,
        amounts=np.round(DRAW.lognormal(3, 1, ROWS), 6),
        is_fraud=IS_FRAUD,
    )


def words(codes: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Column:
    return Column(
        codes=codes.astype(np.int32), words=tuple(f"w{each}" for each in range(int(codes.max()) + 1))
    )


PLAIN = {Kind.NUMERIC: Column(numbers=DRAW.normal(size=ROWS))}


def test_ordinary_payments_are_warned_of_nothing() -> None:
    report = own_report(rows({**PLAIN, Kind.CATEGORY: words(DRAW.integers(0, 20, ROWS))}))
    assert (report.warnings, report.leaks) == ((), ())
    assert report.classes.frauds == IS_FRAUD.sum()
    assert report.drift is not None
    assert max(column.stability_index for column in report.drift) < 0.1


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({Kind.CATEGORY: words(DRAW.integers(0, 3_000, ROWS))}, "nearly all of them are rare"),
        (
            {
                Kind.TIME: Column(
                    numbers=SECONDS + np.where(np.arange(ROWS) % 8, -5.0, 5.0).astype(np.float64)
                )
            },
            "500 payments",
        ),
        ({Kind.COUNT: Column(numbers=np.where(np.arange(ROWS) % 60, np.nan, 3.0))}, "is missing in 98.3%"),
    ],
)
def test_a_column_is_warned_of(columns: dict[Kind, Column], said: str) -> None:
    report = own_report(rows({**PLAIN, **columns}))
    assert [said in warning for warning in report.warnings] == [True]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (Column(numbers=np.asarray(np.arange(ROWS) % 200 == 7, dtype=np.float64)), "1"),
        (words(np.where(np.arange(ROWS) % 200 == 7, 3, np.arange(ROWS) % 3)), "w3"),
    ],
)
def test_a_value_that_stands_with_frauds_alone_is_warned_of(column: Column, value: str) -> None:
    kind = Kind.CATEGORY if column.words else Kind.BOOLEAN
    report = own_report(rows({**PLAIN, kind: column}))
    assert report.leaks == ()
    (warning,) = report.warnings
    assert warning.startswith(f"{kind} is {value} in 20 payments, of which 20 are frauds")


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (LabelColumn(column="y", base_rate=0.001), "the schema says a base rate of 0.100%"),
        (LabelColumn(column="y", delay_days=100), "the file spans 166.6 days: little is left"),
    ],
)
def test_what_the_schema_says_of_labels_is_held_against_the_file(label: LabelColumn, said: str) -> None:
    assert [said in warning for warning in own_report(rows(PLAIN, label=label)).warnings] == [True]


def test_frauds_that_are_not_known_yet_are_missed_at_the_end() -> None:
    is_fraud = (np.arange(ROWS) % 8 == 7) & (np.arange(ROWS) < ROWS * 0.95)
    (warning,) = own_report(replace(rows(PLAIN), is_fraud=is_fraud)).warnings
    assert "perhaps its frauds are not known yet" in warning


def test_copies_of_frauds_are_counted_and_entities_tell_payments_apart() -> None:
    ordinary = rows(
        {
            Kind.NUMERIC: Column(
                numbers=np.asarray(np.where(IS_FRAUD, 1.0, DRAW.normal(size=ROWS)), dtype=np.float64)
            )
        }
    )
    same = replace(ordinary, amounts=np.where(IS_FRAUD, 5.0, ordinary.amounts))
    assert own_report(same).copies.different_frauds == 1
    assert any("79 of 80 frauds are exact copies" in warning for warning in own_report(same).warnings)

    cards = replace(same, entities={"card": words(np.arange(ROWS))})
    assert own_report(cards).copies.different_frauds == IS_FRAUD.sum()


def test_words_that_come_later_are_drift_and_rare_ones_are_not() -> None:
    half = np.arange(ROWS) >= ROWS * 0.75
    report = own_report(rows({Kind.CATEGORY: words(np.where(half, 20, 0) + DRAW.integers(0, 20, ROWS))}))
    assert report.drift is not None
    assert report.drift[0].name == "category"
    assert report.drift[0].stability_index > 0.25


def test_without_a_time_there_is_no_earlier_and_later() -> None:
    untimed = replace(rows(PLAIN), seconds=np.full(ROWS, np.nan))
    report = own_report(untimed)
    assert (report.drift, report.entities) == (None, ())
