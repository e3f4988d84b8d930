"""A bound on the probability and its bound on the evidence divide the stored evidence alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.calibration.calibrator import Calibrator
from app.scoring.calibration.curves import Platt
from app.scoring.calibration.steps import Isotonic, VennAbers
from app.triage.tuning.evidence_scale import EDGE, approve_evidence, decline_evidence

STEP = 1e-6
#: Evidence as it is stored: multiples of one step, between the edges.
places = st.lists(st.integers(-40_000_000, 40_000_000), min_size=1, max_size=6, unique=True).map(sorted)
probabilities = st.lists(st.floats(0, 1), min_size=6, max_size=6).map(sorted)


@st.composite
def calibrators(draw: st.DrawFn) -> Calibrator:
    kind = draw(st.sampled_from(["platt", "isotonic", "venn-abers"]))
    if kind == "platt":
        return Platt(slope=draw(st.floats(0.1, 3)), offset=draw(st.floats(-5, 5)))
    evidence = np.array(draw(places)) / 1e6
    heights = np.array(draw(probabilities))[: evidence.size]
    if kind == "isotonic":
        return Isotonic(evidence=evidence, probability_at=heights)
    return VennAbers(evidence=evidence, low=heights / 2, high=heights)


def as_stored(evidence: float) -> bool:
    return evidence == round(evidence, 6)


@given(calibrators(), st.floats(0, 1))
def test_the_approve_bound_is_the_last_stored_evidence_within_the_probability(
    calibrator: Calibrator, probability: float
) -> None:
    [bound] = approve_evidence(calibrator, np.array([probability])).tolist()
    beyond = np.array([round(bound + STEP, 6)])
    assert as_stored(bound)
    assert bound == -EDGE or calibrator.probability(np.array([bound])) <= probability
    assert bound == EDGE or calibrator.probability(beyond) > probability


@given(calibrators(), st.floats(0, 1))
def test_the_decline_bound_is_the_first_stored_evidence_with_the_probability(
    calibrator: Calibrator, probability: float
) -> None:
    [bound] = decline_evidence(calibrator, np.array([probability])).tolist()
    before = np.array([round(bound - STEP, 6)])
    assert as_stored(bound)
    assert bound == EDGE or calibrator.probability(np.array([bound])) >= probability
    assert bound == -EDGE or calibrator.probability(before) < probability


@pytest.mark.parametrize("probability", [0.0, 0.0038, 0.091, 0.5, 0.999])
def test_on_a_calibrated_logit_the_bounds_are_the_logit_to_a_step(probability: float) -> None:
    identity = Platt(slope=1.0, offset=0.0)
    logit = np.log(probability / (1 - probability)) if probability else -EDGE
    for bound in (approve_evidence, decline_evidence):
        assert bound(identity, np.array([probability]))[0] == pytest.approx(logit, abs=STEP)


def test_what_the_probability_never_reaches_has_its_bound_at_the_edge() -> None:
    flat = Isotonic(evidence=np.zeros(1), probability_at=np.array([0.3]))
    assert approve_evidence(flat, np.array([0.2, 0.3])).tolist() == [-EDGE, EDGE]
    assert decline_evidence(flat, np.array([0.3, 0.4])).tolist() == [-EDGE, EDGE]
