"""The precision of declines against exact binomial bounds of another source and simulated truth."""

from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from app.scoring.arrays import Floats
from app.triage.certificate import Method, Promise, PromiseInfeasible
from app.triage.labels import STANDINGS, Standing
from app.triage.policies.policy import AmountBand
from app.triage.tuning.certified import propose_certified
from app.triage.tuning.precision import DECLINE_BOUNDS, decline_bound
from app.triage.written_numbers import count
from tests.triage.builders import a_policy
from tests.triage.tuning.known_truth import DRAWS, Population, at_most_by_chance

POPULATION = Population()
GRID = POPULATION.grid(np.zeros(1))
PROMISE = Promise(miss_rate=0.1, confidence=0.9, decline_precision=0.8)


def one_sided(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    """Return the exact bounds of SciPy's binomial test, each with this confidence alone."""
    low = stats.binomtest(successes, trials, alternative="greater").proportion_ci(confidence, "exact").low
    high = stats.binomtest(successes, trials, alternative="less").proportion_ci(confidence, "exact").high
    return float(low), float(high)


def certain_precision(
    bound: float, frauds: Floats, legits: Floats, *, base_rate: float, confidence: float
) -> float:
    """Return what the precision at one of the 61 bounds exceeds, each rate having half of its risk."""
    each = 1 - (1 - confidence) / 61 / 2
    tpr, _ = one_sided(int((frauds >= bound).sum()), frauds.size, each)
    _, fpr = one_sided(int((legits >= bound).sum()), legits.size, each)
    declined = base_rate * tpr + (1 - base_rate) * fpr
    return base_rate * tpr / declined if declined else 0.0


def bound_of(fraud_evidence: Floats, legit_evidence: Floats, **changes: Any) -> float:
    values = {"precision": 0.8, "base_rate": 0.1, "confidence": 0.9}
    rows = {"legits": legit_evidence.size, "legit_floor": -inf}
    return decline_bound(fraud_evidence, legit_evidence, **(rows | values | changes))


def a_draw(seed: int, *, frauds: int = 98, legits: int = 1500) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(seed)
    return generator.normal(1, 3, frauds), generator.normal(-7, 2, legits)


def test_the_grid_was_fixed_beforehand_and_shares_the_risk_among_61() -> None:
    assert DECLINE_BOUNDS.tolist() == [-5 + 0.5 * place for place in range(61)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.3, 0.95), st.floats(0.01, 0.3), st.floats(0.5, 0.99))
def test_the_bound_is_the_first_of_the_grid_that_the_exact_binomial_bounds_prove(
    seed: int, precision: float, base_rate: float, confidence: float
) -> None:
    frauds, legits = a_draw(seed, legits=4000)
    asked = {"base_rate": base_rate, "confidence": confidence}
    for bound in DECLINE_BOUNDS.tolist():
        if certain_precision(bound, frauds, legits, **asked) >= precision:
            assert bound_of(frauds, legits, precision=precision, **asked) == bound
            return
    with pytest.raises(PromiseInfeasible):
        bound_of(frauds, legits, precision=precision, **asked)


def test_the_rarer_the_fraud_in_the_population_the_higher_the_bound() -> None:
    """The same rows, mixed half and half, say less where one in 500 is fraud: that is the correction."""
    frauds, legits = a_draw(0, frauds=5000, legits=200_000)
    bounds = [bound_of(frauds, legits, base_rate=base_rate) for base_rate in (0.5, 0.1, 0.01, 0.002)]
    assert bounds == sorted(set(bounds))
    for base_rate, bound in zip((0.5, 0.1, 0.01, 0.002), bounds, strict=True):
        truth = replace(POPULATION, base_rate=base_rate)
        assert truth.precisions(np.array([bound]), np.array([inf]))[0] >= 0.8
        uncorrected = (frauds >= bound).sum() / ((frauds >= bound).sum() + (legits >= bound).sum())
        assert base_rate != 0.5 or uncorrected < 0.8


@pytest.mark.slow
@pytest.mark.usefixtures("remembered_bounds")
@pytest.mark.parametrize("frauds", [98])
def test_the_true_precision_falls_short_no_more_often_than_promised(frauds: int) -> None:
    generator = np.random.default_rng(frauds)
    bounds = np.empty(DRAWS)
    for draw in range(DRAWS):
        legits = generator.normal(-7, 2, 1500)
        bounds[draw] = bound_of(
            generator.normal(1, 3, frauds), legits[legits >= -2.5], legits=1500, legit_floor=-2.5
        )
    short = POPULATION.precisions(bounds, np.full(DRAWS, inf)) < 0.8
    assert float(short.mean()) <= at_most_by_chance(0.1)


def test_legits_below_the_floor_are_counted_and_need_not_be_kept() -> None:
    frauds, legits = a_draw(1)
    whole = bound_of(frauds, legits)
    assert bound_of(frauds, legits[legits >= -4], legits=legits.size, legit_floor=-4.0) == whole
    above = bound_of(frauds, legits[legits >= whole + 1], legits=legits.size, legit_floor=whole + 1)
    assert above == whole + 1


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.floats(0.3, 0.95), st.floats(0.01, 0.3), st.floats(0.6, 0.99))
@example(1, 0.9, 0.01, 0.95)
def test_too_few_legits_are_refused_with_the_number_that_would_do(
    frauds: int, precision: float, base_rate: float, confidence: float
) -> None:
    asked = {"precision": precision, "base_rate": base_rate, "confidence": confidence}
    with pytest.raises(PromiseInfeasible) as refused:
        bound_of(np.full(frauds, 30.0), np.zeros(0), legits=1, **asked)
    needed = refused.value.legits_needed
    assert needed is not None
    assert f"needs at least {count(needed)} known legits" in str(refused.value)
    assert bound_of(np.full(frauds, 30.0), np.zeros(0), legits=needed, **asked) == DECLINE_BOUNDS[0]
    with pytest.raises(PromiseInfeasible, match="known legits, none of them declined"):
        bound_of(np.full(frauds, 30.0), np.zeros(0), legits=needed - 1, **asked)


def test_classes_that_overlap_too_much_are_told_from_too_few_rows() -> None:
    same = np.random.default_rng(0).normal(0, 1, 50_000)
    with pytest.raises(PromiseInfeasible, match="50\u202f000 legits overlap too much") as refused:
        bound_of(same[:100], same)
    assert refused.value.legits_needed is None


@pytest.mark.parametrize(("frauds", "legits"), [(0, 10), (10, 0)])
def test_a_precision_needs_rows_of_both_kinds(frauds: int, legits: int) -> None:
    with pytest.raises(PromiseInfeasible, match="known frauds and known legits are needed"):
        bound_of(np.zeros(frauds), np.zeros(legits))


def test_rows_a_gate_keeps_or_no_model_scored_count_and_are_not_declined() -> None:
    part = POPULATION.drawn(np.random.default_rng(5), frauds=200, legits=3000)
    evidence, standings = part.scores.evidence_fraud.copy(), part.standings.copy()
    evidence[::20] = np.nan
    standings[::20] = STANDINGS.index(Standing.MODEL_UNAVAILABLE)
    partial = replace(part, scores=replace(part.scores, evidence_fraud=evidence), standings=standings)
    gated = a_policy(spread_at_most=2.5)
    policy, certificate = propose_certified(gated, partial, PROMISE, Method.NEYMAN_PEARSON, grid=GRID)
    declinable = np.where(np.isfinite(evidence) & (part.scores.spread <= 2.5), evidence, -inf)
    frauds, legits = declinable[part.is_fraud], declinable[~part.is_fraud]
    assert policy.decline_at_least == bound_of(frauds, legits, confidence=0.95)
    assert (certificate.frauds, certificate.legits) == (200, 3000)


def test_the_approve_bound_never_lies_above_the_decline_bound() -> None:
    part = POPULATION.drawn(np.random.default_rng(6), frauds=500, legits=3000)
    wide = Promise(miss_rate=0.6, decline_precision=0.6)
    policy, _ = propose_certified(a_policy(), part, wide, Method.NEYMAN_PEARSON, grid=GRID)
    assert policy.approve_at_most == policy.decline_at_least


def test_a_precision_is_not_promised_over_amount_bands() -> None:
    part = POPULATION.drawn(np.random.default_rng(7), frauds=98, legits=1500)
    banded = a_policy(bands=(AmountBand(amount_from=100.0, bounds=a_policy().base_bounds),))
    with pytest.raises(PromiseInfeasible, match="take the amount bands out first"):
        propose_certified(banded, part, PROMISE, Method.NEYMAN_PEARSON, grid=GRID)
