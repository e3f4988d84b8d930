"""In files, too, no payment reads anything of a later one, nor of a truth before its delay is over."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.learning.preparation.history import history_columns
from app.scoring.arrays import Flags, Floats
from app.scoring.schema.columns import Column
from app.scoring.schema.history import History
from app.scoring.schema.schema import LabelColumn, PaymentColumns, Schema

DAY = 86_400.0
ENTITIES = ("card", "terminal")
SCHEMA = Schema(
    name="cards and terminals",
    features=(),
    payment=PaymentColumns(time="at", amount="total"),
    label=LabelColumn(column="fraud", delay_days=3),
    entities={name: name for name in ENTITIES},
    history=(
        History(entity="card", partners=("terminal",), fraud_share=True),
        History(entity="terminal", partners=("card",), fraud_share=True),
    ),
)
SEEDS = st.integers(0, 2**32 - 1)
ROWS = 60


def a_file(seed: int) -> dict[str, Any]:
    """Return payments in the order of time, some of the same second, some without card or terminal."""
    rng = np.random.default_rng(seed)
    return {
        "seconds": np.sort(rng.integers(0, 30 * 86_400, ROWS) // 3600 * 3600.0) + 1_530_000_000.0,
        "amounts": rng.gamma(2, 20, ROWS).round(2),
        "is_fraud": rng.random(ROWS) < 0.3,
        **{name: rng.integers(-1, 4, ROWS).astype(np.int32) for name in ENTITIES},
    }


def read(file: dict[str, Any]) -> Floats:
    entities = {name: Column(codes=file[name], words=("a", "b", "c", "d")) for name in ENTITIES}
    told = history_columns(SCHEMA, entities, file["seconds"], file["amounts"], file["is_fraud"])
    assert tuple(told) == tuple(each.name for each in SCHEMA.derived)
    return np.column_stack([each.numbers for each in told.values()])


def joined(first: dict[str, Any], second: dict[str, Any], place: int) -> dict[str, Any]:
    """Return the rows of one file before `place`, and those of another from there on, no earlier ones."""
    found = {name: np.concatenate([first[name][:place], second[name][place:]]) for name in first}
    found["seconds"][place:] = np.maximum(found["seconds"][place:], found["seconds"][place - 1])
    return found


@given(SEEDS, SEEDS, st.integers(1, ROWS - 1))
def test_other_payments_later_change_nothing_before_them(seed: int, other: int, place: int) -> None:
    file, others = a_file(seed), a_file(other)
    whole, changed = read(file), read(joined(file, others, place))
    cut = read({name: column[:place] for name, column in file.items()})
    assert np.array_equal(whole[:place], changed[:place], equal_nan=True)
    assert np.array_equal(whole[:place], cut, equal_nan=True)


@pytest.mark.parametrize("column", ["amounts", "is_fraud", *ENTITIES])
@given(seed=SEEDS, place=st.integers(0, ROWS - 1))
def test_a_changed_payment_changes_nothing_before_it(column: str, seed: int, place: int) -> None:
    file, changed = a_file(seed), a_file(seed)
    other_key = 3 - max(file["card"][place], 0)
    others = {"amounts": 1e6, "is_fraud": not file["is_fraud"][place]}
    changed[column][place] = others.get(column, other_key)
    assert np.array_equal(read(file)[:place], read(changed)[:place], equal_nan=True)


@given(SEEDS, st.integers(0, ROWS - 1))
def test_a_truth_is_read_once_its_delay_is_over_and_not_before(seed: int, place: int) -> None:
    file, changed = a_file(seed), a_file(seed)
    changed["is_fraud"][place] = not file["is_fraud"][place]
    is_same: Flags = np.isclose(read(file), read(changed), equal_nan=True)
    is_changed: Flags = np.logical_not(is_same.all(axis=1))
    due = file["seconds"][place] + 3 * DAY
    assert not is_changed[file["seconds"] < due].any()
    shares_a_key = np.zeros(ROWS, dtype=bool)
    for name in ENTITIES:
        shares_a_key |= (file[name] == file[name][place]) & (file[name] >= 0)
    # Its quarter of a day is over by then, and it lies within the longest window.
    reads_it = (file["seconds"] >= due + DAY / 4) & (file["seconds"] < due + 29 * DAY)
    assert np.array_equal(is_changed & reads_it, shares_a_key & reads_it)
