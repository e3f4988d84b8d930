"""Bets on exchangeability: exact p-values, what never depends on slices, type I, and power."""

from datetime import UTC, datetime, timedelta
from hashlib import shake_128

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.triage.drift.binned import MOST_BINS, Bins
from app.triage.drift.exchangeability import (
    RISK,
    STRATA,
    DriftBets,
    _share_begun,
    advanced,
    p_values,
    stratum_of,
    tie_breaks,
)

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def entered(bins: Bins, *, an_hour: int = 60, first_key: int = 1, bets: DriftBets | None = None) -> DriftBets:
    """Let rows enter, so many an hour from Monday on."""
    bets = DriftBets.begun(bins.shape[1]) if bets is None else bets
    keys = np.arange(first_key, first_key + len(bins)).tolist()
    for number, at in enumerate(range(0, len(bins), an_hour)):
        begins = BEGAN + number * HOUR
        rows = slice(at, at + an_hour)
        bets = advanced(
            *(bets, bins[rows], keys[rows]), stratum=stratum_of(begins), begins=begins, lasts=HOUR
        )
    return bets


@given(st.lists(st.integers(0, MOST_BINS - 1), min_size=1, max_size=40), st.integers(0, 2**62))
def test_a_p_value_is_the_share_before_it_that_lies_higher(values: list[int], key: int) -> None:
    """By the definition, over all values so far, itself among them."""
    counts = np.bincount(values, minlength=MOST_BINS).astype(np.uint32)[None]
    tie = tie_breaks(key, 1)
    higher = sum(each > values[-1] for each in values)
    equal = sum(each == values[-1] for each in values)
    found = p_values(counts, np.array([values[-1]]), tie)
    assert found[0] == pytest.approx((higher + tie[0] * equal) / len(values))


def test_ties_are_broken_the_same_everywhere_and_evenly() -> None:
    assert tie_breaks(41, 3).tolist() == tie_breaks(41, 3).tolist() != tie_breaks(42, 3).tolist()
    drawn = np.concatenate([tie_breaks(key, 4) for key in range(3_000)])
    assert stats.kstest(drawn, "uniform").pvalue > 0.001
    digest = shake_128(bytes(7) + b"\x07").digest(8)
    assert tie_breaks(7, 2)[0] == pytest.approx(int.from_bytes(digest, "big") / 2**64, abs=1e-15)


def test_p_values_of_exchangeable_payments_are_uniform() -> None:
    bins = np.random.default_rng(3).choice(4, size=(6_000, 1), p=[0.7, 0.2, 0.08, 0.02])
    counts, found = np.zeros((1, MOST_BINS), dtype=np.uint32), []
    for key, row in enumerate(bins):
        counts[0, row] += 1
        found.append(p_values(counts, row, tie_breaks(key, 1))[0])
    assert stats.kstest(found, "uniform").pvalue > 0.001


@given(st.integers(1, 399))
def test_it_does_not_matter_how_payments_are_cut_into_calls(cut: int) -> None:
    bins = np.random.default_rng(4).integers(0, 5, size=(400, 3))
    whole = advanced(*(DriftBets.begun(3), bins, range(1, 401)), stratum=5, begins=BEGAN, lasts=HOUR)
    parts = DriftBets.begun(3)
    for rows in (slice(0, cut), slice(cut, 400)):
        keys = list(range(1, 401))[rows]
        parts = advanced(parts, bins[rows], keys, stratum=5, begins=BEGAN, lasts=HOUR)
    assert parts.payments == whole.payments == 400
    assert (parts.wealth == whole.wealth).all()
    assert (parts.counts == whole.counts).all()


def test_nothing_entered_changes_nothing() -> None:
    bets = DriftBets.begun(2)
    nothing = advanced(bets, np.empty((0, 2), dtype=np.intp), [], stratum=0, begins=BEGAN, lasts=HOUR)
    assert nothing is bets
    assert (bets.evidence == -np.inf).all()


def test_all_of_a_stake_enters() -> None:
    assert sum(_share_begun(number) for number in range(1, 100_000)) == pytest.approx(
        1 - 1 / (1 + np.log(100_000)), abs=1e-9
    )


def test_strata_are_hours_of_workdays_and_of_weekends() -> None:
    week = [stratum_of(BEGAN + number * HOUR) for number in range(7 * 24)]
    assert set(week) == set(range(STRATA))
    assert week[:24] == week[24:48] != week[5 * 24 : 6 * 24]


@pytest.mark.parametrize("kind", ["moved", "spread", "words"])
def test_a_change_is_found_with_its_moment(kind: str) -> None:
    """Values move up, or spread to both ends, or words are exchanged: since the tenth day."""
    draws = np.random.default_rng(5)
    before, after = draws.normal(size=10 * 1440), draws.normal(size=6 * 1440)
    edges = stats.norm.ppf(np.arange(1, 10) / 10)
    if kind == "words":
        bins = np.concatenate([draws.choice(3, before.size, p=[0.6, 0.3, 0.1]),
                               draws.choice(3, after.size, p=[0.45, 0.3, 0.25])])  # fmt: skip
    else:
        later = after + 0.5 if kind == "moved" else 1.6 * after
        bins = np.searchsorted(edges, np.concatenate([before, later]))
    still = draws.integers(0, 10, size=bins.size)
    bets = entered(np.column_stack([bins, still]))
    assert np.isnan(bets.alarmed_at[1])
    changed = datetime.fromtimestamp(bets.changed_at[0], UTC) - BEGAN
    alarmed = datetime.fromtimestamp(bets.alarmed_at[0], UTC) - BEGAN
    assert timedelta(days=9.5) <= changed <= timedelta(days=10.7)
    assert changed < alarmed < timedelta(days=13)


def test_hours_and_weekends_are_no_change() -> None:
    """Nights, days and weekends have values of their own, every week alike."""
    draws = np.random.default_rng(6)
    hours = np.arange(21 * 24)
    levels = 3 * np.sin(2 * np.pi * hours / 24) + 2 * (hours // 24 % 7 >= 5)
    values = np.repeat(levels, 60) + draws.normal(size=hours.size * 60)
    bins = np.searchsorted(np.linspace(-4, 5, 9), values)[:, None]
    assert np.isnan(entered(bins).alarmed_at[0])


@pytest.mark.slow
def test_the_risk_holds_however_often_one_looks() -> None:
    """Two hundred lives of a model with ten quantities, each looked at after every payment."""
    draws = np.random.default_rng(7)
    weights = draws.dirichlet(np.ones(8), size=10)
    alarms, highest = 0, []
    for life in range(200):
        bins = np.column_stack([draws.choice(8, size=2_000, p=each) for each in weights])
        bets = entered(bins, first_key=1 + 2_000 * life)
        alarms += bool((~np.isnan(bets.alarmed_at)).any())
        highest.append(bets.evidence)
    assert alarms <= stats.binom.ppf(0.999, 200, RISK)
    # The wealth of a quantity at a fixed time is 1 in the mean, or less: it has not all entered.
    wealth = np.exp(np.concatenate(highest))
    assert wealth.mean() < 1 + 4 * wealth.std() / np.sqrt(wealth.size)
