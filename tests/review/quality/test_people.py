"""One line for each analyst, and one panel for all."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.review.access.people import Role
from app.review.outcome import GroundTruth
from app.review.quality.agreement import Agreement
from app.review.quality.people import Work, pace, people
from app.review.quality.rates import Rate, once_per_group, rate
from app.review.quality.said import GoldAnswer, Pair, Said
from app.review.quality.team import gold, second_looks

FRAUD, LEGIT = GroundTruth.FRAUD, GroundTruth.LEGIT
ADA, BELA, CLEO = 1, 2, 3


def a_work(account_id: int = ADA, **changes: Any) -> Work:
    values: dict[str, Any] = {
        "account_id": account_id, "name": "Ada", "role": Role.ANALYST, "cases": 3, "escalated": 0, "days": 2,
        "milliseconds": [10_000, 20_000, 30_000], "final": 3, "overturned": 1,
    }  # fmt: skip
    return Work(**(values | changes))


def said(account_id: int, judgement: GroundTruth, group_id: int | None = None) -> Said:
    return Said(account_id=account_id, judgement=judgement, group_id=group_id)


def a_pair(first: Said, second: Said, **changes: Any) -> Pair:
    values: dict[str, Any] = {"case_id": 1, "drawn_with": 0.1, "has_ruling": False, "ruled": None}
    return Pair(first=first, second=second, **(values | changes))


def an_answer(
    is_right: bool, milliseconds: int = 1000, *, by: int = ADA, group: int | None = None
) -> GoldAnswer:
    return GoldAnswer(
        said=said(by, FRAUD if is_right else LEGIT, group), truth=FRAUD, milliseconds=milliseconds
    )


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_rate_has_the_exact_interval(counts: tuple[int, int]) -> None:
    hits, trials = counts
    found = Rate(hits=hits, trials=trials).interval
    expected = stats.binomtest(hits, trials).proportion_ci(0.95, method="exact")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_nothing_counted_is_no_rate_and_more_hits_than_trials_is_none() -> None:
    assert Rate(hits=0, trials=0).interval is None
    with pytest.raises(ValueError, match="3 of 2"):
        Rate(hits=3, trials=2)


@pytest.mark.parametrize(("trials", "enough"), [(29, False), (30, True)])
def test_below_thirty_there_is_no_rate(trials: int, enough: bool) -> None:
    assert rate([True] * trials).is_enough is enough
    assert Agreement(both_fraud=trials).is_enough is enough


@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_half_are_done_by_the_median_and_nine_in_ten_later(milliseconds: list[int]) -> None:
    found = pace(milliseconds)
    assert found is not None
    assert found.half / timedelta(milliseconds=1) == pytest.approx(float(np.median(milliseconds)), abs=0.01)
    assert found.half <= found.nine_in_ten <= timedelta(milliseconds=max(milliseconds))


def test_a_day_is_a_day_worked() -> None:
    (ada,) = people([a_work()], [], [])
    assert (ada.judgements, ada.per_day, ada.overturned) == (3, 1.5, Rate(hits=1, trials=3))


def test_agreement_is_with_all_colleagues_whoever_looked_first() -> None:
    pairs = [
        a_pair(said(ADA, FRAUD), said(BELA, LEGIT)),
        a_pair(said(CLEO, LEGIT), said(ADA, FRAUD)),
        a_pair(said(BELA, FRAUD), said(CLEO, FRAUD)),
    ]
    (ada,) = people([a_work()], pairs, [])
    assert ada.agreement == Agreement(only_first=2)


def test_a_group_is_one_pair_of_its_author_but_each_of_its_reviewers() -> None:
    group = said(ADA, FRAUD, group_id=9)
    pairs = [a_pair(group, said(BELA, FRAUD)), a_pair(group, said(BELA, LEGIT))]
    ada, bela = people([a_work(), a_work(BELA)], pairs, [])
    assert ada.agreement.pairs == 1
    assert bela.agreement.pairs == 2
    assert second_looks(pairs).all.pairs == 1


def test_two_people_may_each_have_a_group_of_the_same_number() -> None:
    rows = [said(ADA, FRAUD, 9), said(BELA, FRAUD, 9), said(ADA, FRAUD), said(ADA, FRAUD)]
    assert len(once_per_group(rows, lambda each: each.group)) == 4


def test_gold_stands_beside_its_own_speed() -> None:
    answers = [an_answer(True, 10_000), an_answer(False, 30_000), an_answer(True, by=BELA)]
    answers += [an_answer(True, 20_000, group=5), an_answer(False, 20_000, group=5)]
    (ada,) = people([a_work()], [], answers)
    assert ada.gold == Rate(hits=2, trials=3)
    assert ada.gold_pace is not None
    assert ada.gold_pace.half == timedelta(seconds=20)


def test_haste_is_measured_against_ones_own_pace() -> None:
    """Bela is slower than Ada throughout; each is right when slow."""
    answers = [an_answer(False, 1_000), an_answer(True, 2_000)]
    answers += [an_answer(False, 50_000, by=BELA), an_answer(True, 90_000, by=BELA), an_answer(True, by=CLEO)]
    found = gold(answers)
    assert (found.all, found.quick, found.slow) == (
        Rate(hits=3, trials=5),
        Rate(hits=0, trials=2),
        Rate(hits=2, trials=2),
    )


def test_rulings_are_counted_with_whom_they_upheld() -> None:
    apart = (said(ADA, FRAUD), said(BELA, LEGIT))
    found = second_looks(
        [
            a_pair(*apart, has_ruling=True, ruled=FRAUD),
            a_pair(*apart, has_ruling=True, ruled=LEGIT, drawn_with=1),
            a_pair(*apart, has_ruling=True),
            a_pair(said(ADA, FRAUD), said(BELA, FRAUD), drawn_with=1),
        ]
    )
    assert (found.sent, found.ruled, found.first_upheld) == (3, 2, 1)
    assert (found.all.pairs, found.by_chance.pairs, found.by_exposure.pairs) == (4, 2, 2)


def test_nobody_and_nothing_is_told_as_such() -> None:
    assert people([], [], []) == ()
    assert pace([]) is None
    assert gold([]).all.value is None
    assert second_looks([]).all.kappa is None
