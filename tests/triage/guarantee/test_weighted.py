"""Bets on frauds that are seen by chance: fair at the promise, never ruined, found again by enumeration."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.triage.guarantee.weighted import (
    STAKES,
    begun_broken,
    begun_kept,
    log_evidence,
    next_broken,
    next_kept,
    worth,
)

shares = st.floats(0.01, 0.4)
chances = st.floats(0.005, 1.0)


@settings(max_examples=60)
@given(shares, chances, chances, st.floats(0, 1))
def test_wealth_is_one_on_average_over_all_that_can_happen(
    promised: float, approved: float, declined: float, of_caught_declined: float
) -> None:
    """All sequences of three frauds: missed, declined or reviewed, each seen or not, at the promised rate."""
    kinds = [
        (1.0, approved, promised),
        (0.0, declined, (1 - promised) * of_caught_declined),
        (0.0, 1.0, (1 - promised) * (1 - of_caught_declined)),
    ]
    outcomes = [
        (float(worth(np.array(missed), np.array(chance), promised)) if seen else 0.0, share * happens)
        for missed, chance, share in kinds
        for seen, happens in ((True, chance), (False, 1 - chance))
    ]
    kept_mean = broken_mean = 0.0
    for path in product(outcomes, repeat=3):
        kept, broken, probability = begun_kept(), begun_broken(), 1.0
        for number, (z, share) in enumerate(path, start=1):
            kept = next_kept(kept, np.array(z), promised=promised, least_chance=approved)
            broken = next_broken(
                broken, np.array(z), number=number, promised=promised, least_chance=min(declined, 1.0)
            )
            probability *= share
        kept_mean += probability * float(np.exp(log_evidence(kept)))
        broken_mean += probability * float(np.exp(log_evidence(broken)))
    assert kept_mean == pytest.approx(1.0, rel=1e-9)
    # What is set aside for later frauds is not among it yet.
    assert 0.5 < broken_mean < 1.0


@given(shares, chances, chances)
def test_no_fraud_takes_all(promised: float, approved: float, declined: float) -> None:
    missed = worth(np.array(1.0), np.array(approved), promised)
    caught = worth(np.array(0.0), np.array(declined), promised)
    for z in (missed, caught):
        kept = next_kept(begun_kept(), z, promised=promised, least_chance=approved)
        broken = next_broken(begun_broken(), z, number=1, promised=promised, least_chance=declined)
        assert np.isfinite(kept).all()
        assert np.isfinite(broken).all()


def test_wealth_is_the_product_of_its_factors() -> None:
    rng = np.random.default_rng(3)
    z = rng.choice([-5.0, -0.1, 0.9], size=400)
    kept = begun_kept()
    for each in z:
        kept = next_kept(kept, np.array(each), promised=0.1, least_chance=1.0)
    by_hand = np.mean([np.prod(1 - stake / 0.9 * z) for stake in STAKES])
    assert float(log_evidence(kept)) == pytest.approx(np.log(by_hand), rel=1e-12)


def test_what_breaks_late_is_found_sooner_than_by_bets_from_the_beginning_alone() -> None:
    rng = np.random.default_rng(8)
    is_missed = np.concatenate([rng.random(800) < 0.05, rng.random(800) < 0.25]).astype(np.float64)
    z = worth(is_missed, np.ones(1_600), 0.1)
    found: dict[str, int] = {}
    broken, from_the_beginning = begun_broken(), begun_kept()
    for number, each in enumerate(z, start=1):
        broken = next_broken(broken, np.array(each), number=number, promised=0.1, least_chance=1.0)
        from_the_beginning = from_the_beginning + np.log1p(STAKES / 0.1 * each)
        for name, wealth in (("entering", broken), ("beginning", from_the_beginning)):
            if log_evidence(wealth) >= np.log(20):
                found.setdefault(name, number)
    assert 800 < found["entering"] < found["beginning"]
