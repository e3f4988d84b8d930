"""Facts about the sequential test of a feed, on rows of the demo's generator."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datasets import load_generator
from app.learning.feed_reference import fit_feed_reference
from app.scoring.arrays import Floats
from app.scoring.feed import watch as betting
from app.scoring.feed.causes import causes_of
from app.scoring.feed.comparison import compared
from app.scoring.feed.reference import FeedReference
from app.scoring.feed.watch import FeedWatch, advanced
from tests.feeds import WRONG, noticed_after
from tests.models import MODELS

GENERATOR = load_generator(MODELS / "demo")
#: More than the longest that any of these wrong feeds goes unnoticed here.
PAYMENTS = 2500


def payments(count: int, seed: int, *, fraud_share: float = 0.002) -> tuple[Floats, Floats]:
    drawn = GENERATOR.sample(count, fraud_share=fraud_share, rng=np.random.default_rng(seed))
    return drawn.features, drawn.amounts


@pytest.fixture(scope="module")
def reference() -> FeedReference:
    features, amounts = payments(8_000, seed=1)
    return fit_feed_reference(GENERATOR.names, features, amounts, np.ones(len(amounts)))


@pytest.mark.parametrize("fraud_share", [0.0, 0.03])
def test_a_right_feed_is_not_alarmed(reference: FeedReference, fraud_share: float) -> None:
    for seed in range(10):
        rows, amounts = payments(PAYMENTS, seed=100 + seed, fraud_share=fraud_share)
        assert noticed_after(reference, rows, amounts) is None


def test_what_another_merchant_charges_is_no_wrong_feed(reference: FeedReference) -> None:
    rows, amounts = payments(PAYMENTS, seed=7)
    for charged in (amounts * 20, amounts / 5 + 1, np.full(len(rows), 9.99)):
        assert noticed_after(reference, rows, charged) is None


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_feed_is_noticed(reference: FeedReference, kind: str) -> None:
    rows, amounts = payments(PAYMENTS, seed=11)
    broken = WRONG[kind](rows, np.random.default_rng(3))
    assert noticed_after(reference, rows=broken, amounts=amounts) is not None


def test_amounts_scaled_to_one_are_noticed(reference: FeedReference) -> None:
    rows, amounts = payments(PAYMENTS, seed=12)
    assert noticed_after(reference, rows, (amounts / 25_000).round(4)) is not None


def test_a_feed_that_breaks_late_is_noticed_too(reference: FeedReference) -> None:
    rows, amounts = payments(6_000, seed=13)
    rows[5_000:] = rows[5_000:, ::-1]
    noticed = noticed_after(reference, rows, amounts)
    assert noticed is not None
    assert 5_000 < noticed <= 5_100


def test_a_test_account_may_repeat_itself_a_hundred_times(reference: FeedReference) -> None:
    rows, amounts = payments(3, seed=14)
    again = np.resize(rows, (100, rows.shape[1]))
    assert noticed_after(reference, again, np.resize(amounts, 100)) is None


@given(cuts=st.lists(st.integers(0, 60), max_size=6))
def test_however_the_rows_are_cut_the_watch_is_the_same(reference: FeedReference, cuts: list[int]) -> None:
    rows, amounts = payments(60, seed=15)
    rows[20] = rows[3]
    whole = advanced(FeedWatch.begun(reference), rows, amounts, reference)
    cut = FeedWatch.begun(reference)
    edges = [0, *sorted(cuts), 60]
    for start, end in pairwise(edges):
        cut = advanced(cut, rows[start:end], amounts[start:end], reference)
    assert (cut.rows, cut.recent) == (whole.rows, whole.recent)
    assert np.array_equal(cut.wealth, whole.wealth)


def test_no_bet_on_a_right_feed_is_expected_to_grow_and_all_begin_with_one(reference: FeedReference) -> None:
    begun, wins, lost = betting._bets(reference)
    shares = np.concatenate([reference.shares, 1 - reference.shares])
    most = np.minimum(shares + np.tile(reference.tolerances, 2), 1)
    expected = most[:, None] * wins + (1 - most[:, None]) * lost
    assert expected.max() <= 1 + 1e-9
    assert begun.sum() == pytest.approx(1)
    assert sum(betting._share_begun(number) for number in range(1, 10_000)) < 1


def test_what_happened_to_a_feed_is_named(reference: FeedReference) -> None:
    rows, amounts = payments(3_000, seed=16)
    rng = np.random.default_rng(4)

    def first_cause(kind: str) -> str:
        return causes_of(WRONG[kind](rows, rng), amounts, reference)[0]

    assert "standardised" in first_cause("standardised")
    assert "V1 fits V28" in first_cause("reversed")
    assert "permuted" in first_cause("permuted")
    assert "random" in first_cause("random")
    assert "one value in every row" in first_cause("first_is_zero")
    assert "same rows" in first_cause("repeated")
    assert "do not belong together" in first_cause("shuffled")
    assert "10" in first_cause("tenfold") or "times as wide" in first_cause("tenfold")


def test_the_column_that_is_broken_is_named_first(reference: FeedReference) -> None:
    rows, amounts = payments(3_000, seed=17)
    rows[:, 13] += 4
    comparison = compared(rows, amounts, reference)
    assert comparison.is_wrong
    assert comparison.columns[0].column == "V14"
    assert comparison.columns[0].differs
    assert comparison.columns[0].observed[2] == pytest.approx(comparison.columns[0].expected[2] + 4, abs=0.2)


def test_a_handful_of_rows_says_nothing_of_a_feed(reference: FeedReference) -> None:
    rows, amounts = payments(3, seed=18)
    assert not compared(rows[:, ::-1], amounts, reference).is_wrong
    assert not compared(rows[:0], amounts[:0], reference).is_wrong
