"""What Mondrian bounds promise holds on average over calibrations, and certifies nothing."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from app.triage.certificate import Certificate, Method, Promise, PromiseInfeasible
from app.triage.policies.policy import Policy
from app.triage.tuning import mondrian
from app.triage.tuning.certified import propose_certified
from tests.triage.builders import a_policy
from tests.triage.tuning.known_truth import DRAWS, Population, columns

#: Classes so close that the approve bound seldom has to end at the decline bound.
POPULATION = Population(fraud_evidence=(-3.0, 3.0))
GRID = POPULATION.grid(np.zeros(1))
LEGITS = 2000


def promised(
    promise: Promise, *, frauds: int, draws: int = 1, legits: int = LEGITS, floor: float = -4.5
) -> list[tuple[Policy, Certificate]]:
    generator = np.random.default_rng(frauds)
    return [
        propose_certified(
            a_policy(),
            POPULATION.drawn(generator, frauds=frauds, legits=legits, legit_floor=floor),
            promise,
            Method.MONDRIAN,
            grid=GRID,
        )
        for _ in range(draws)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("frauds", "miss_rate"), [(20, 0.05), (20, 0.2), (59, 0.05), (98, 0.05), (200, 0.02), (500, 0.1)]
)
def test_frauds_missed_and_legits_declined_are_on_average_what_was_promised(
    frauds: int, miss_rate: float
) -> None:
    found = promised(Promise(miss_rate=miss_rate, false_decline_rate=0.01), frauds=frauds, draws=DRAWS)
    approve, decline, limits = columns([policy for policy, _ in found])
    for rates, most in (
        (POPULATION.miss_rates(approve, limits), miss_rate),
        (POPULATION.false_decline_rates(decline, limits), 0.01),
    ):
        three_errors = 3 * float(rates.std()) / np.sqrt(DRAWS)
        assert float(rates.mean()) <= most + three_errors
        # Order statistics waste less than one rank, and a bound lies one stored step beside its own.
        ranks = (frauds if most == miss_rate else LEGITS) + 1
        assert float(rates.mean()) >= np.floor(round(most * ranks, 9)) / ranks - three_errors - 1e-5


def test_one_draw_in_several_misses_more_than_promised_and_so_it_is_no_certificate() -> None:
    """At 98 frauds and 5 % the realised miss rate is Beta(4, 95): above 5 % in 27 %."""
    found = promised(Promise(miss_rate=0.05), frauds=98, draws=200)
    approve, _, limits = columns([policy for policy, _ in found])
    assert 0.15 < float((POPULATION.miss_rates(approve, limits) > 0.05).mean()) < 0.4
    assert not any(certificate.is_certified for _, certificate in found)


def test_its_certificate_has_no_confidence_and_names_only_what_it_promises() -> None:
    [(_, miss)] = promised(Promise(miss_rate=0.05), frauds=98)
    assert (miss.confidence, miss.method, miss.order) == (None, mondrian.NAME, 4)
    assert (miss.decline_precision_at_least, miss.false_decline_rate_at_most, miss.legits) == (None,) * 3
    [(_, both)] = promised(Promise(miss_rate=0.05, false_decline_rate=0.01), frauds=98)
    assert (both.confidence, both.miss_rate_at_most) == (None, 0.05)
    assert (both.false_decline_rate_at_most, both.legits) == (0.01, LEGITS)


@pytest.mark.parametrize(("miss_rate", "needed"), [(0.1, 9), (0.05, 19), (0.02, 49), (0.01, 99), (0.3, 3)])
def test_fewer_frauds_than_one_in_the_miss_rate_are_refused(miss_rate: float, needed: int) -> None:
    with pytest.raises(PromiseInfeasible, match=f"^{needed} known frauds are needed") as refused:
        mondrian.approve_bound(np.zeros(needed - 1), miss_rate=miss_rate)
    assert refused.value.frauds_needed == needed
    assert mondrian.approve_bound(np.zeros(needed), miss_rate=miss_rate) == (-1e-6, 1)


def test_too_few_legits_are_refused_with_the_number_that_would_do() -> None:
    with pytest.raises(PromiseInfeasible, match=r"^999 known legit payments are needed") as refused:
        mondrian.decline_bound(np.zeros(998), 998, false_decline_rate=0.001)
    assert refused.value.legits_needed == 999
    assert mondrian.decline_bound(np.zeros(999), 999, false_decline_rate=0.001) == 1e-6


def test_legits_that_were_not_kept_cannot_be_promised_of() -> None:
    with pytest.raises(PromiseInfeasible, match=r"of 500 legit payments is needed; 499 were kept"):
        mondrian.decline_bound(np.zeros(499), 9999, false_decline_rate=0.05)


def test_bounds_lie_one_stored_step_beside_their_order_statistic() -> None:
    evidence = np.random.default_rng(0).permutation(np.arange(1, 100, dtype=np.float64))
    assert mondrian.approve_bound(evidence, miss_rate=0.05) == (4.999999, 5)
    assert mondrian.decline_bound(evidence, 99, false_decline_rate=0.05) == 95.000001


def test_where_the_classes_overlap_the_approve_bound_ends_at_the_decline_bound() -> None:
    [(policy, _)] = promised(Promise(miss_rate=0.5, false_decline_rate=0.05), frauds=98)
    assert policy.approve_at_most == policy.decline_at_least


@pytest.mark.parametrize(("floor", "stays_at"), [(-inf, 2.0), (3.0, 3.0)])
def test_a_decline_bound_stays_where_gates_alone_keep_the_promise(floor: float, stays_at: float) -> None:
    strict = a_policy(spread_at_most=0.01)
    part = POPULATION.drawn(np.random.default_rng(1), frauds=98, legits=LEGITS)
    kept = replace(part, legit_floor=floor)
    promise = Promise(miss_rate=0.05, false_decline_rate=0.01)
    policy, _ = propose_certified(strict, kept, promise, Method.MONDRIAN, grid=GRID)
    assert policy.decline_at_least == stays_at


@pytest.mark.parametrize(
    ("method", "promise"),
    [
        (Method.MONDRIAN, Promise(miss_rate=0.1, decline_precision=0.9)),
        (Method.NEYMAN_PEARSON, Promise(miss_rate=0.1, false_decline_rate=0.01)),
        (Method.LEARN_THEN_TEST, Promise(miss_rate=0.1, false_decline_rate=0.01)),
    ],
)
def test_what_a_method_does_not_promise_is_refused_and_never_left_out(
    method: Method, promise: Promise
) -> None:
    evidence = POPULATION.drawn(np.random.default_rng(1), frauds=200, legits=LEGITS, legit_floor=-4.5)
    with pytest.raises(PromiseInfeasible):
        propose_certified(a_policy(), evidence, promise, method, grid=GRID)
