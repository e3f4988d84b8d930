"""Champion against challenger: who is better, on truths that are seen by chance."""

import numpy as np
import pytest

from app.scoring.arrays import Flags, Floats
from app.triage.betting.paired import Comparison, PairedResult, compare

PAYMENTS = 30_000


def compared(
    challenger_gains: float, *, seed: int = 0, share_seen: float = 0.2, chances: Floats | None = None
) -> PairedResult:
    rng = np.random.default_rng(seed)
    champion = rng.beta(2, 6, size=PAYMENTS)
    challenger = np.clip(champion - challenger_gains + 0.05 * rng.standard_normal(PAYMENTS), 0, 1)
    if chances is None:
        chances = np.full(PAYMENTS, share_seen)
    seen: Flags = rng.random(PAYMENTS) < chances
    return compare(champion, challenger, seen, chances, least_chance=float(chances.min()))


def test_a_better_challenger_is_called_so() -> None:
    found = compared(0.1)
    assert found.verdict is Comparison.BETTER
    assert found.saved.low > 0
    assert found.truths == pytest.approx(0.2 * PAYMENTS, rel=0.1)


def test_a_worse_one_too() -> None:
    assert compared(-0.1).verdict is Comparison.WORSE


def test_the_same_losses_make_no_difference() -> None:
    assert compared(0.0).verdict is Comparison.NO_DIFFERENCE_YET


def test_champion_and_challenger_may_change_places() -> None:
    rng = np.random.default_rng(1)
    first, second, seen = rng.random(5_000) / 2, rng.random(5_000), rng.random(5_000) < 0.5
    chances = np.full(5_000, 0.5)
    one = compare(first, second, seen, chances, least_chance=0.5)
    other = compare(second, first, seen, chances, least_chance=0.5)
    assert one.saved.low == pytest.approx(-other.saved.high, abs=1e-9)
    assert {one.verdict, other.verdict} == {Comparison.BETTER, Comparison.WORSE}


def test_losses_of_unseen_payments_are_not_read() -> None:
    seen = np.array([True, False])
    found = compare(
        np.array([0.5, np.nan]), np.array([0.5, np.nan]), seen, np.array([1.0, 0.3]), least_chance=0.3
    )
    assert found.saved.mean == 0.0


def test_who_is_looked_at_more_often_weighs_no_more() -> None:
    """The challenger is better where many truths are seen, and as much worse where few are."""
    rng = np.random.default_rng(6)
    is_often = rng.random(PAYMENTS) < 0.5
    chances = np.where(is_often, 0.9, 0.2)
    champion = np.full(PAYMENTS, 0.5)
    challenger = np.where(is_often, 0.3, 0.7)
    found = compare(champion, challenger, rng.random(PAYMENTS) < chances, chances, least_chance=0.2)
    assert found.verdict is Comparison.NO_DIFFERENCE_YET
    assert abs(found.saved.mean) < 0.02


@pytest.mark.parametrize(
    ("loss", "chance", "message"), [(1.2, 1.0, "losses lie"), (0.5, 0.1, "no truth becomes known")]
)
def test_what_the_bets_do_not_allow_is_refused(loss: float, chance: float, message: str) -> None:
    column = np.array([loss])
    with pytest.raises(ValueError, match=message):
        compare(column, column, np.array([True]), np.array([chance]), least_chance=0.5)


@pytest.mark.slow
def test_equals_are_called_different_by_few() -> None:
    years, called, rng = 400, 0, np.random.default_rng(11)
    for _ in range(years):
        champion, challenger = rng.random((2, 2_000))
        chances = rng.choice([0.1, 1.0], size=2_000)
        seen = rng.random(2_000) < chances
        found = compare(champion, challenger, seen, chances, least_chance=0.1)
        called += found.verdict is not Comparison.NO_DIFFERENCE_YET
    assert called / years <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / years)
