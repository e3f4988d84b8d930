"""The scores a model version keeps of its calibration part, and what can be promised from them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from app.artifacts import calibration_part, load_model, newest_model
from app.artifacts.calibration import COLUMNS, LEGITS_KEPT, described_part, part_bytes, part_from
from app.artifacts.model import CalibrationPart, Model
from app.scoring.uncertainty import Scores
from app.triage.deciding import decide
from app.triage.labels import LABELS, STANDINGS, Label, Standing

SHIPPED = Path(__file__).parent.parent / "models"
ROWS_SHA256 = "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def shipped() -> Model:
    return load_model(newest_model(SHIPPED), device="cpu")


def scores_of(evidence: np.ndarray, *, has_own_legit: bool = False) -> Scores:
    """Scores told apart column by column, all by their row."""
    columns: dict[str, Any] = {name: number + evidence for number, name in enumerate(COLUMNS)}
    columns |= {"evidence_legit": -evidence if has_own_legit else None}
    rest = {"interval_low", "interval_high", "entropy", "expected_entropy", "predictive_variance"}
    return Scores(**columns, **dict.fromkeys(rest, evidence))


def a_part(*, legits: int, frauds: int = 50, distinct: int = 100_000) -> tuple[CalibrationPart, np.ndarray]:
    """A drawn part, and the evidence of all the legits it is of, ascending."""
    generator = np.random.default_rng(legits)
    is_fraud = generator.permutation(legits + frauds) < frauds
    evidence = generator.integers(-distinct, distinct, size=legits + frauds) / 1e6
    part = calibration_part(scores_of(evidence), is_fraud, rows_sha256=ROWS_SHA256)
    return part, np.sort(evidence[~is_fraud])


def test_every_fraud_is_kept_and_the_thousand_legits_with_the_most_evidence() -> None:
    part, legits = a_part(legits=5000)
    assert LEGITS_KEPT == 1000
    assert (part.is_fraud.sum(), part.legits, part.rows_sha256) == (50, 5000, ROWS_SHA256)
    kept = np.sort(part.scores.evidence_fraud[~part.is_fraud])
    assert np.array_equal(kept, legits[legits >= part.legit_floor])
    assert 1000 <= kept.size < 1010
    assert part.legit_floor == kept[0] == legits[-1000]


def test_legits_of_equal_evidence_are_kept_together() -> None:
    part, legits = a_part(legits=5000, distinct=20)
    kept = part.scores.evidence_fraud[~part.is_fraud]
    assert kept.size == (legits >= part.legit_floor).sum() > 1000
    assert legits[-1000] == part.legit_floor


@pytest.mark.parametrize("legits", [0, 1, 999, 1000])
def test_where_all_legits_are_kept_there_is_no_floor(legits: int) -> None:
    part, _ = a_part(legits=legits)
    assert (part.is_fraud.size, part.legits, part.legit_floor) == (legits + 50, legits, -np.inf)
    assert described_part(part)["legit_floor"] is None


@given(
    evidence=arrays.arrays(np.float64, st.integers(0, 1500), elements=st.integers(-30, 30).map(float)),
    seed=st.integers(0, 9),
)
def test_any_bound_at_or_above_the_floor_counts_its_legits_right(evidence: np.ndarray, seed: int) -> None:
    is_fraud = np.random.default_rng(seed).random(evidence.size) < 0.1
    part = calibration_part(scores_of(evidence), is_fraud, rows_sha256=ROWS_SHA256)
    for bound in np.arange(max(part.legit_floor, -31.0), 32.0):
        of_all = np.sum(evidence[~is_fraud] >= bound)
        assert np.sum(part.scores.evidence_fraud[~part.is_fraud] >= bound) == of_all


@pytest.mark.parametrize("has_own_legit", [True, False])
@pytest.mark.parametrize("rows", [200, 3000])
def test_what_is_written_is_read(rows: int, *, has_own_legit: bool) -> None:
    generator = np.random.default_rng(7)
    scores = scores_of(generator.normal(size=rows).round(6), has_own_legit=has_own_legit)
    part = calibration_part(scores, generator.random(rows) < 0.05, rows_sha256=ROWS_SHA256)
    again = part_from(part_bytes(part), described_part(part))
    for name in (*COLUMNS, "evidence_legit"):
        one, other = getattr(part.scores, name), getattr(again.scores, name)
        assert (one is None) == (other is None) == (name == "evidence_legit" and not has_own_legit)
        assert one is None or np.array_equal(one, other)
    assert np.array_equal(part.is_fraud, again.is_fraud)
    assert (again.legits, again.legit_floor) == (part.legits, part.legit_floor)
    assert again.rows_sha256 == ROWS_SHA256


def test_the_shipped_certificate_follows_from_the_shipped_part(shipped: Model) -> None:
    part, certificate = shipped.calibration, shipped.certificate
    assert part is not None
    evidence = np.sort(part.scores.evidence_fraud[part.is_fraud])
    assert (evidence.size, certificate.frauds, certificate.order) == (351, 351, 42)
    assert certificate.rows_sha256 == part.rows_sha256
    # The 42nd smallest of 351 is the last that a miss rate above 15 % would pass with 5 % at most.
    assert stats.binom.cdf(41, 351, 0.15) <= 0.05 < stats.binom.cdf(42, 351, 0.15)
    assert certificate.chosen_among == 1
    assert shipped.policy.approve_at_most == round(evidence[41] - 1e-6, 6)


def test_the_shipped_part_is_of_the_rows_its_card_counts(shipped: Model) -> None:
    part, told = shipped.calibration, shipped.card["parts"]["calibration"]
    assert part is not None
    legits = part.scores.evidence_fraud[~part.is_fraud]
    assert (part.is_fraud.sum(), part.legits) == (told["frauds"], told["legits"]) == (351, 39390)
    assert (legits.size, legits.min()) == (1000, part.legit_floor)
    assert part.legit_floor < shipped.policy.approve_at_most


def test_the_shipped_part_is_decided_as_its_card_says(shipped: Model) -> None:
    part = shipped.calibration
    assert part is not None
    told = shipped.card["policies"]["miss at most 15%, novelty at most 99.99"]["calibration"]
    rows = part.is_fraud.size
    standings = np.full(rows, STANDINGS.index(Standing.SCORED), dtype=np.int8)
    labels = decide(part.scores, standings, np.zeros(rows), shipped.policy).labels
    declined, approved = (labels == LABELS.index(label) for label in (Label.FRAUD, Label.LEGIT))
    assert declined[part.is_fraud].mean() == pytest.approx(told["caught_rate"])
    assert approved[part.is_fraud].mean() == pytest.approx(told["miss_rate"])
    assert declined[~part.is_fraud].sum() / part.legits == told["false_decline_rate"]


def test_no_feature_and_no_amount_is_in_the_file(shipped: Model) -> None:
    file = newest_model(SHIPPED) / "calibration.safetensors"
    tensors = safetensors.numpy.load_file(file)
    assert set(tensors) == {*COLUMNS, "is_fraud", "folds", "rows_sha256"}
    assert tensors["rows_sha256"].shape == (32,)
    assert not set(tensors) & {*shipped.schema.columns, "amount", "amounts", "features"}
