"""Known payments near a case: the nearest, and never the case itself, its copy, or the future."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.neighbours import FEWEST_LEGITS, NEAREST, Known, Labelled, Nearest
from app.review.outcome import GroundTruth
from app.scoring.arrays import Floats

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=400)


def a_known(key: int, label: str = "legit", **changes: datetime) -> Known:
    times = {"occurred_at": NOON, "learned_at": NOON + timedelta(days=1)} | changes
    return Known(
        transaction_key=key,
        label=GroundTruth(label),
        source="chargeback",
        amount=Decimal(10),
        currency="EUR",
        **times,
    )


def drawn(rows: int, *, seed: int = 0, columns: int = 4) -> Floats:
    return np.random.default_rng(seed).normal(size=(rows, columns))


def some(rows: int, *, seed: int = 0) -> Labelled:
    labels = ["fraud" if row % 5 == 0 else "legit" for row in range(rows)]
    return Labelled.of([a_known(row, label) for row, label in enumerate(labels)], drawn(rows, seed=seed))


def asked(labelled: Labelled, vector: Floats, *, key: int = -1, by: datetime = LATER) -> Nearest:
    return labelled.nearest(vector, transaction_key=key, occurred_by=by, known_by=by)


def keys(nearest: Nearest) -> list[int]:
    return [each.known.transaction_key for each in (*nearest.frauds, *nearest.legits)]


@given(rows=st.integers(0, 60), seed=st.integers(0, 1000))
def test_the_nearest_are_those_of_a_plain_search(rows: int, seed: int) -> None:
    labelled, vector = some(rows, seed=seed), drawn(1, seed=seed + 1)[0]
    found = asked(labelled, vector)
    for label, neighbours in (("fraud", found.frauds), ("legit", found.legits)):
        plain = sorted(
            float(np.linalg.norm(row - vector))
            for row, known in zip(labelled.vectors, labelled.known, strict=True)
            if known.label == label
        )
        assert [each.distance for each in neighbours] == pytest.approx(plain[:NEAREST])


def test_neither_the_case_itself_nor_its_exact_copy_is_its_neighbour() -> None:
    labelled = some(20)
    assert 5 not in keys(asked(labelled, labelled.vectors[5]))
    moved = labelled.vectors[5] + 1e-6
    assert 5 in keys(asked(labelled, moved))
    assert 5 not in keys(asked(labelled, moved, key=5))


def test_nothing_that_came_later_is_a_neighbour() -> None:
    hour = timedelta(hours=1)
    known = [
        a_known(1),
        a_known(2, occurred_at=NOON + hour, learned_at=NOON + 2 * hour),
        a_known(3, learned_at=NOON + 3 * hour),
    ]
    labelled = Labelled.of(known, drawn(3))
    found = labelled.nearest(
        np.zeros(4), transaction_key=9, occurred_by=NOON, known_by=NOON + timedelta(days=2)
    )
    assert sorted(keys(found)) == [1, 3]
    found = labelled.nearest(np.zeros(4), transaction_key=9, occurred_by=NOON, known_by=NOON + 4 * hour)
    assert keys(found) == [3]


def test_a_percentile_is_the_share_of_legit_pairs_that_lie_nearer() -> None:
    """Legits on a line: row i is paired with row i + half, so all pairs are two apart."""
    half = FEWEST_LEGITS // 2
    line = 2 * np.arange(2 * half)[:, None] / half
    labelled = Labelled.of([a_known(row) for row in range(2 * half)], line)
    assert labelled.legit_distances == pytest.approx(np.full(half, 2.0))
    near, far = asked(labelled, np.array([-1.0])), asked(labelled, np.array([-3.0]))
    assert [each.percentile for each in near.legits] == [0, 0, 0]
    assert [each.percentile for each in far.legits] == [100, 100, 100]


@given(seed=st.integers(0, 1000))
def test_a_percentile_rises_with_the_distance(seed: int) -> None:
    found = asked(some(400, seed=seed), drawn(1, seed=seed + 1)[0])
    for neighbours in (found.frauds, found.legits):
        told = [each.percentile for each in neighbours if each.percentile is not None]
        assert len(told) == NEAREST
        assert told == sorted(told)
        assert all(0 <= percentile <= 100 for percentile in told)


def test_of_few_legits_no_percentile_is_told() -> None:
    assert {each.percentile for each in asked(some(60), np.zeros(4)).legits} == {None}


def test_a_newer_truth_replaces_the_older_and_the_oldest_make_room() -> None:
    older = some(10)
    newer = Labelled.of([a_known(3, "fraud"), a_known(77)], drawn(2, seed=9))
    joined = older.joined(newer, most=6)
    assert joined.transaction_keys.tolist() == [6, 7, 8, 9, 3, 77]
    assert [each.transaction_key for each in joined.known] == [6, 7, 8, 9, 3, 77]
    assert joined.is_fraud.tolist() == [False, False, False, False, True, False]
    assert np.array_equal(joined.vectors[-2:], newer.vectors)
    assert len(joined.vectors) == len(joined.occurred_at) == len(joined.learned_at) == 6


@given(older=st.integers(0, 12), newer=st.integers(0, 12), most=st.integers(1, 30))
def test_joining_keeps_the_newest_in_order(older: int, newer: int, most: int) -> None:
    late = Labelled.of([a_known(100 + row) for row in range(newer)], drawn(newer))
    joined = some(older).joined(late, most=most)
    expected = [*range(older), *range(100, 100 + newer)][-most:]
    assert joined.transaction_keys.tolist() == expected == [each.transaction_key for each in joined.known]


def test_hours_are_told_only_of_many_payments_over_many_days() -> None:
    def spread_over(days: int, payments: int) -> Labelled:
        step = timedelta(days=days) / payments
        start = NOON.replace(hour=0)
        known = [a_known(row, occurred_at=start + row * step, learned_at=LATER) for row in range(payments)]
        return Labelled.of(known, drawn(payments))

    assert spread_over(6, 600).hour_share(NOON) is None
    assert spread_over(20, 400).hour_share(NOON) is None
    told = spread_over(20, 960).hour_share(NOON)
    assert told is not None
    assert (told.hour, told.payments) == (12, 960)
    assert told.share == pytest.approx(1 / 24)


def test_every_payment_has_its_vector() -> None:
    with pytest.raises(ValueError, match=r"expected \(2, columns\)"):
        Labelled.of([a_known(1), a_known(2)], drawn(3))
