"""Each of the three patterns of fraud has the parameters that the world was given."""

import numpy as np
import pytest

from app.learning.payments_world.parameters import Parameters
from app.learning.payments_world.paying import Pattern
from app.learning.payments_world.payments import payments_of_days
from app.learning.payments_world.thefts import OF_CARDS, OF_TERMINALS, began_on, thefts_on
from app.learning.payments_world.world import World
from tests.learning.payments_world.worlds import DAYS, FIRST_DAY, a_busy_world, a_world, is_fraud, its_days

#: What a share of several thousand draws may be off, as a share of itself.
ROUGHLY = 0.1


def share_of_pattern(world: World, pattern: Pattern, days: int = 40) -> float:
    """Return how many of the payments are frauds of a pattern where it is possible."""
    of_pattern = possible = 0
    for day in range(FIRST_DAY, FIRST_DAY + days):
        thefts = thefts_on(world, day)
        for payments in payments_of_days(world, day, 1):
            paid = payments.paid
            is_possible = {
                Pattern.CARD: thefts.is_stolen[paid.card],
                Pattern.TERMINAL: thefts.is_compromised[paid.terminal] & (paid.pattern != Pattern.CARD),
                Pattern.LARGE: (paid.amounts > world.parameters.large_from)
                & ~np.isin(paid.pattern, (Pattern.CARD, Pattern.TERMINAL)),
            }[pattern]
            assert not (paid.pattern[~is_possible] == pattern).any()
            of_pattern += int((paid.pattern == pattern).sum())
            possible += int(is_possible.sum())
    return of_pattern / possible


def test_a_third_of_what_a_stolen_card_pays_is_fraud() -> None:
    world = a_busy_world(stolen_a_day=0.02)
    assert share_of_pattern(world, Pattern.CARD) == pytest.approx(1 / 3, rel=ROUGHLY)


def test_a_quarter_of_what_is_paid_at_a_compromised_terminal_is_fraud() -> None:
    world = a_busy_world(compromised_a_day=0.01)
    assert share_of_pattern(world, Pattern.TERMINAL) == pytest.approx(0.25, rel=ROUGHLY)


def test_a_payment_above_the_level_is_fraud_with_its_probability() -> None:
    world = a_busy_world(large_from=120.0)
    assert share_of_pattern(world, Pattern.LARGE) == pytest.approx(0.25, rel=ROUGHLY)


def test_a_stolen_cards_frauds_are_five_times_what_they_would_have_been() -> None:
    drawn = [
        next(payments_of_days(a_busy_world(stolen_a_day=0.05, stolen_factor=factor), FIRST_DAY, 1)).paid
        for factor in (5.0, 1.0)
    ]
    five_times, plain = drawn
    stolen = five_times.pattern == Pattern.CARD
    assert stolen.sum() > 20
    assert five_times.amounts[stolen] == pytest.approx(plain.amounts[stolen] * 5)
    assert (five_times.amounts[~stolen] == plain.amounts[~stolen]).all()


def days_held(world: World, part: int) -> list[int]:
    """Return for how many days in a row each is held that was taken on the first day."""
    taken = np.flatnonzero(began_on(world, part, FIRST_DAY))
    thefts = [thefts_on(world, FIRST_DAY + later) for later in range(60)]
    held = [each.is_stolen if part == OF_CARDS else each.is_compromised for each in thefts]
    return [next(later for later in range(60) if not held[later][each]) for each in taken.tolist()]


def test_a_terminal_stays_compromised_for_28_days_and_a_card_stolen_for_14() -> None:
    world = a_busy_world(compromised_a_day=0.01, stolen_a_day=0.01)
    # One that is taken again meanwhile is held longer.
    assert min(days_held(world, OF_TERMINALS)) == 28
    assert min(days_held(world, OF_CARDS)) == 14


def test_no_pattern_is_rare_and_all_together_are_less_than_a_hundredth() -> None:
    pattern = np.concatenate([day.paid.pattern for day in its_days()])
    shares = {each: float((pattern == each).mean()) for each in Pattern}
    assert min(shares.values()) > 4e-4
    assert 0.004 < is_fraud().mean() < 0.01


def test_nobody_is_robbed_more_often_than_the_parameters_say() -> None:
    stolen = [float(began_on(a_world(), OF_CARDS, FIRST_DAY + day).mean()) for day in range(DAYS)]
    assert np.mean(stolen) == pytest.approx(Parameters().stolen_a_day, rel=0.3)
