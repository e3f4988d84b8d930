"""Brier losses compared by frauds alone: the same as with all truths, unbiased where some are seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.arrays import Floats
from app.triage.betting.frauds import brier_saved, compared
from app.triage.betting.paired import Comparison, compare

shares = st.floats(0, 1, allow_subnormal=False)


def a_pair(rng: np.random.Generator, payments: int, *, gains: float) -> tuple[Floats, Floats, Floats]:
    """Return truths of which every tenth is a fraud, and what both say."""
    truths = (rng.random(payments) < 0.1).astype(np.float64)
    champion = np.where(truths > 0, 0.4, 0.1) + 0.1 * rng.random(payments)
    challenger = champion + np.where(truths > 0, gains, 0.0)
    return truths, champion, challenger


def test_where_every_fraud_is_seen_it_is_the_comparison_of_losses() -> None:
    rng = np.random.default_rng(3)
    truths, champion, challenger = a_pair(rng, 3_000, gains=0.3)
    everything = np.ones(truths.size)
    by_frauds = compared(
        brier_saved(champion, challenger, truths > 0, everything), frauds=int(truths.sum()), least_chance=1.0
    )
    losses, others = (champion - truths) ** 2, (challenger - truths) ** 2
    by_losses = compare(losses, others, everything > 0, everything, least_chance=1.0)
    assert by_frauds.verdict is by_losses.verdict is Comparison.BETTER
    for end in ("mean", "low", "high"):
        assert getattr(by_frauds.saved, end) == pytest.approx(getattr(by_losses.saved, end), abs=1e-9)


@given(champion=shares, challenger=shares, chance=st.floats(0.001, 1), least=st.floats(0.001, 1))
def test_no_estimate_is_beyond_its_reach(
    champion: float, challenger: float, chance: float, least: float
) -> None:
    chance = max(chance, least)
    for is_seen in (True, False):
        (saved,) = brier_saved(
            np.array([champion]), np.array([challenger]), np.array([is_seen]), np.array([chance])
        )
        assert abs(saved) <= (2 / least - 1) * (1 + 1e-12)


@given(champion=shares, challenger=shares, chance=st.floats(0.01, 1))
def test_the_mean_over_what_may_be_seen_is_the_loss_saved(
    champion: float, challenger: float, chance: float
) -> None:
    both = np.array([champion]), np.array([challenger])
    (seen,), (unseen,) = (
        brier_saved(*both, np.array([is_seen]), np.array([chance])) for is_seen in (True, False)
    )
    of_fraud = (champion - 1) ** 2 - (challenger - 1) ** 2
    assert chance * seen + (1 - chance) * unseen == pytest.approx(of_fraud, abs=1e-9)
    assert unseen == pytest.approx(champion**2 - challenger**2, abs=1e-12)


def test_frauds_seen_by_chance_lead_to_the_same_verdict() -> None:
    rng = np.random.default_rng(5)
    truths, champion, challenger = a_pair(rng, 60_000, gains=0.4)
    chances = np.where(rng.random(truths.size) < 0.5, 1.0, 0.25)
    seen = (truths > 0) & (rng.random(truths.size) < chances)
    better = compared(
        brier_saved(champion, challenger, seen, chances), frauds=int(seen.sum()), least_chance=0.25
    )
    worse = compared(
        brier_saved(challenger, champion, seen, chances), frauds=int(seen.sum()), least_chance=0.25
    )
    assert (better.verdict, worse.verdict) == (Comparison.BETTER, Comparison.WORSE)
    assert better.truths == seen.sum()


@pytest.mark.parametrize(("probability", "chance", "message"), [(1.2, 1.0, "prob"), (0.5, 0.0, "chances")])
def test_what_is_no_probability_is_refused(probability: float, chance: float, message: str) -> None:
    column = np.array([probability])
    with pytest.raises(ValueError, match=message):
        brier_saved(column, column, np.array([True]), np.array([chance]))


@pytest.mark.slow
def test_equals_are_called_different_by_few() -> None:
    years, called, rng = 400, 0, np.random.default_rng(12)
    for _ in range(years):
        champion, challenger = rng.random((2, 2_000))
        chances = rng.choice([0.1, 1.0], size=2_000)
        # As calibrated as each other: the truth has the mean of both as its probability.
        seen = (rng.random(2_000) < (champion + challenger) / 2) & (rng.random(2_000) < chances)
        saved = brier_saved(champion, challenger, seen, chances)
        found = compared(saved, frauds=int(seen.sum()), least_chance=0.1)
        called += found.verdict is not Comparison.NO_DIFFERENCE_YET
    assert called / years <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / years)
