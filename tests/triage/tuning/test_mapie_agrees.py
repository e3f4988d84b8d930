"""MAPIE's Learn then Test proves the same candidates and chooses the same one, where it answers.

It answers for rates of a class (frauds approved / frauds), not at a base rate that is not the sample's.
Its p-value is the smaller of Hoeffding's and the binomial one, which is always the binomial one.
"""

from math import inf

import numpy as np
import pytest
from mapie.risk_control import BinaryClassificationController, BinaryRisk
from numpy.typing import NDArray

from app.scoring.arrays import Flags, Floats
from app.triage.certificate import Method, Promise, PromiseInfeasible
from app.triage.tuning.certified import propose_certified
from app.triage.tuning.evidence import LabelledScores
from app.triage.tuning.learn_then_test import Grid, fixed_sequences, misses, p_values
from tests.triage.builders import a_policy
from tests.triage.tuning.known_truth import Population

Codes = NDArray[np.float64]

POPULATION = Population(fraud_spread=4.0)
SHIFTS = np.round(np.arange(-9.0, 6.0, 0.25), 6)
#: Of the policy that is shifted.
APPROVE_AT_MOST = -3.0
#: Over 180 candidates Holm needs more frauds than 59 to prove any.
WORLDS = [
    (frauds, miss_rate, confidence, seed)
    for frauds, miss_rate, confidence in ((59, 0.1, 0.9), (98, 0.1, 0.95), (98, 0.2, 0.9), (500, 0.05, 0.9))
    for seed in range(3)
]


def approved_frauds(_truth: Flags, predicted: Codes) -> Flags:
    return np.equal(predicted, 0)


def not_approved(_truth: Flags, predicted: Codes) -> Flags:
    return np.not_equal(predicted, 0)


MISSED = BinaryRisk(approved_frauds, lambda truth, _: truth == 1, higher_is_better=False)
LEFT_TO_PEOPLE = BinaryRisk(not_approved, lambda truth, _: np.ones(truth.shape, bool), higher_is_better=False)


def a_part(seed: int, frauds: int) -> LabelledScores:
    return POPULATION.drawn(np.random.default_rng(seed), frauds=frauds, legits=400)


def grid_on(part: LabelledScores, *limits: float) -> Grid:
    """Return a grid whose shares are counted on the part's own rows, as MAPIE counts."""
    evidence, spread = part.scores.evidence_fraud, part.scores.spread
    within = [np.ones(spread.shape, dtype=np.bool_), *(spread <= limit for limit in limits)]
    shares = tuple(
        (evidence[flags][:, np.newaxis] <= APPROVE_AT_MOST + SHIFTS).sum(axis=0) / evidence.size
        for flags in within
    )
    return Grid(shifts=SHIFTS, spread_limits=(None, *limits), approved_shares=shares)


def values_of(part: LabelledScores, grid: Grid, miss_rate: float) -> Floats:
    slack = part.scores.evidence_fraud[part.is_fraud] - APPROVE_AT_MOST
    missed = misses(slack, part.scores.spread[part.is_fraud], grid)
    return p_values(missed, part.frauds, miss_rate=miss_rate)


def columns(part: LabelledScores) -> Floats:
    return np.column_stack([part.scores.evidence_fraud - APPROVE_AT_MOST, part.scores.spread])


def approves(rows: Floats, shift: float, limit: float) -> Codes:
    """Return MAPIE's codes: 0 for approved, NaN for what is left to people."""
    return np.where((rows[:, 0] <= shift) & (rows[:, 1] <= limit), 0.0, np.nan)


def one_column(
    part: LabelledScores, *, miss_rate: float, confidence: float, limit: float = inf
) -> BinaryClassificationController:
    """Return MAPIE's fixed sequence over the shifts at one spread limit."""
    slack = np.where(part.scores.spread <= limit, part.scores.evidence_fraud - APPROVE_AT_MOST, 60.0)

    def as_shares(values: Floats) -> Floats:
        return (values + 60) / 120

    controller = BinaryClassificationController(
        predict_function=lambda rows: np.column_stack([1 - rows, rows]),
        risk=MISSED,
        target_level=miss_rate,
        confidence_level=confidence,
        best_predict_param_choice=LEFT_TO_PEOPLE,
        # Half a stored step above each shift: MAPIE does not approve at a threshold itself.
        list_predict_params=as_shares(SHIFTS + 5e-7),
        fwer_method="fixed_sequence",
    )
    return controller.calibrate(as_shares(slack), part.is_fraud)


def valid_shifts(controller: BinaryClassificationController) -> list[bool]:
    every = controller._predict_params.tolist()  # the list it was given
    valid = set(controller.valid_predict_params.tolist())
    return [threshold in valid for threshold in every]


@pytest.mark.parametrize(("frauds", "miss_rate", "confidence", "seed"), WORLDS)
def test_a_fixed_sequence_proves_the_same_shifts_and_chooses_the_same_bound(
    frauds: int, miss_rate: float, confidence: float, seed: int
) -> None:
    part = a_part(seed, frauds)
    grid = grid_on(part)
    mapie = one_column(part, miss_rate=miss_rate, confidence=confidence)
    values = values_of(part, grid, miss_rate)
    assert mapie.p_values[:, 0] == pytest.approx(values[0])
    assert valid_shifts(mapie) == fixed_sequences(values, delta=1 - confidence)[0].tolist()
    promise = Promise(miss_rate=miss_rate, confidence=confidence)
    policy, _ = propose_certified(a_policy(), part, promise, Method.LEARN_THEN_TEST, grid=grid)
    chosen = SHIFTS[mapie._predict_params.tolist().index(mapie.best_predict_param)]
    approved = part.scores.evidence_fraud <= policy.approve_at_most
    assert approved.tolist() == (part.scores.evidence_fraud <= APPROVE_AT_MOST + chosen).tolist()


@pytest.mark.parametrize(("frauds", "miss_rate", "confidence", "seed"), WORLDS)
def test_split_among_spread_limits_each_column_is_its_fixed_sequence(
    frauds: int, miss_rate: float, confidence: float, seed: int
) -> None:
    part = a_part(seed, frauds)
    limits = (4.0, 2.5)
    split = 1 - (1 - confidence) / 3
    proved = fixed_sequences(values_of(part, grid_on(part, *limits), miss_rate), delta=1 - confidence)
    for row, limit in zip(proved.tolist(), (inf, *limits), strict=True):
        assert row == valid_shifts(one_column(part, miss_rate=miss_rate, confidence=split, limit=limit))


@pytest.mark.parametrize(("frauds", "miss_rate"), [(20, 0.05), (58, 0.05), (28, 0.1)])
def test_what_we_refuse_for_want_of_frauds_mapie_cannot_prove_either(frauds: int, miss_rate: float) -> None:
    part = a_part(0, frauds)
    with pytest.warns(UserWarning, match="No predict parameters were found"):
        mapie = one_column(part, miss_rate=miss_rate, confidence=0.95)
    assert mapie.best_predict_param is None
    with pytest.raises(PromiseInfeasible) as refused:
        propose_certified(
            a_policy(), part, Promise(miss_rate=miss_rate), Method.LEARN_THEN_TEST, grid=grid_on(part)
        )
    enough = a_part(0, refused.value.frauds_needed or 0)
    assert one_column(enough, miss_rate=miss_rate, confidence=0.95).best_predict_param is not None


def test_of_200_frauds_mapie_counts_one_too_many_where_its_division_rounds_up() -> None:
    """200 x (7 / 200) is a hair above 7, which it rounds up to 8: never too bold, and not ours to copy."""
    part = a_part(1, 200)
    values = values_of(part, grid_on(part), 0.1)[0]
    theirs = one_column(part, miss_rate=0.1, confidence=0.9).p_values[:, 0]
    slack = part.scores.evidence_fraud[part.is_fraud] - APPROVE_AT_MOST
    missed = (slack[:, np.newaxis] <= SHIFTS).sum(axis=0)
    exactly_told = np.ceil(200 * (missed / 200)) == missed
    assert theirs[exactly_told] == pytest.approx(values[exactly_told])
    assert (theirs >= values - 1e-12).all()
