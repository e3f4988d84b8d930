"""What was looked at tells of a policy: two estimates, and intervals that hold."""

from dataclasses import replace

import numpy as np
import pytest

from app.scoring.arrays import Flags, Floats
from app.triage.labels import LABELS, Codes, Label
from app.triage.simulation.audited import Audited, Sample, audited
from app.triage.simulation.known import known_rows
from app.triage.simulation.unseen import mean_of_all
from app.triage.simulation.window import FRAUD_TRUTH, LEGIT_TRUTH, NO_TRUTH, Window
from tests.triage.simulation.builders import a_world, all_known

LEGIT, FRAUD, UNKNOWN = (LABELS.index(label) for label in (Label.LEGIT, Label.FRAUD, Label.UNKNOWN))
SIZE = 3_000


def a_window(is_fraud: Flags, seen: Flags, chances: Floats, labels: Codes) -> Window:
    """Return decisions of which some were looked at."""
    whole = all_known(a_world(1, size=is_fraud.size)).bench.window
    truths = np.where(seen, np.where(is_fraud, FRAUD_TRUTH, LEGIT_TRUTH), NO_TRUTH).astype(np.int8)
    return replace(
        whole,
        labels=labels,
        propensities=chances,
        truths=truths,
        truth_propensities=np.where(seen, chances, np.nan),
    )


def told(window: Window, probability: Floats) -> Audited:
    return audited(window.labels, Sample.of(window, known_rows(window)), probability)


def drawn(seed: int) -> tuple[Flags, Flags, Floats, Codes, Floats]:
    """Return frauds, who was looked at, with which chances, labels and probabilities."""
    rng = np.random.default_rng(seed)
    probability = np.clip(rng.beta(0.3, 4, size=SIZE), 0.001, 0.999)
    is_fraud = rng.random(SIZE) < probability
    labels = np.select([probability < 0.1, probability > 0.6], [LEGIT, FRAUD], UNKNOWN).astype(np.int8)
    chances = np.select([labels == UNKNOWN, probability > 0.03], [1.0, 0.3], 0.1)
    return is_fraud, rng.random(SIZE) < chances, chances, labels, probability


def test_with_every_truth_all_are_what_was_counted() -> None:
    is_fraud, _, _, labels, probability = drawn(0)
    everybody = np.ones(SIZE, dtype=np.bool_)
    found = told(a_window(is_fraud, everybody, np.ones(SIZE), labels), probability)
    share = is_fraud[labels == LEGIT].mean()
    rate = found.approved
    assert [rate.aipw, rate.hajek, rate.low, rate.high] == pytest.approx([share] * 4)
    assert found.missed.hajek == pytest.approx((is_fraud & (labels == LEGIT)).sum() / is_fraud.sum())


def test_both_are_those_of_the_formulas_with_weights_that_sum_to_each_stratum() -> None:
    is_fraud, seen, chances, labels, probability = drawn(1)
    found = told(a_window(is_fraud, seen, chances, labels), probability)
    zone = labels == LEGIT
    answered = chances.copy()
    for chance in np.unique(chances[zone]):
        inside = zone & (chances == chance)
        answered[inside] = (inside & seen).sum() / inside.sum()
    oracle = mean_of_all(is_fraud[zone].astype(float), seen[zone], answered[zone], probability[zone])
    assert found.approved.aipw == pytest.approx(oracle.aipw)
    assert found.approved.hajek == pytest.approx(oracle.hajek)


def test_where_no_fraud_was_seen_there_is_an_upper_end_alone() -> None:
    is_fraud, seen, chances, labels, probability = drawn(2)
    found = told(a_window(is_fraud & (labels != LEGIT), seen, chances, labels), probability)
    assert (found.approved.aipw, found.approved.hajek, found.approved.low) == (None, None, 0.0)
    assert 0 < found.approved.high < 0.05
    assert found.missed.aipw is None
    assert found.declined.aipw is not None


def test_a_zone_nobody_looks_at_may_be_all_fraud() -> None:
    is_fraud, seen, chances, labels, probability = drawn(3)
    hidden = labels == FRAUD
    window = a_window(is_fraud, seen & ~hidden, np.where(hidden, 0.0, chances), labels)
    found = told(window, probability)
    assert (found.declined.aipw, found.declined.low, found.declined.high) == (None, 0.0, 1.0)


def test_what_is_reported_beside_the_looks_speaks_for_itself_alone() -> None:
    """A hundred reported frauds do not stand for others; the looks stand for the rest."""
    is_fraud, seen, chances, labels, probability = drawn(4)
    window = a_window(is_fraud, seen, chances, labels)
    before = told(window, probability).approved
    missed = np.flatnonzero(is_fraud & ~seen & (labels == LEGIT))[:10]
    truths, propensities = window.truths.copy(), window.truth_propensities.copy()
    truths[missed], propensities[missed] = FRAUD_TRUTH, 0.9
    after = told(replace(window, truths=truths, truth_propensities=propensities), probability).approved
    assert before.hajek is not None
    assert after.hajek is not None
    assert after.frauds == before.frauds + missed.size
    assert after.hajek == pytest.approx(before.hajek + missed.size / after.payments, rel=0.02)


@pytest.mark.slow
def test_intervals_hold_in_ninety_five_of_a_hundred_worlds_and_both_are_right_on_average() -> None:
    is_fraud, _, chances, labels, probability = drawn(5)
    # Chances that differ from payment to payment, as audits by doubt draw them.
    chances = np.where(chances < 1, np.clip(0.6 * np.sqrt(probability), 0.02, 0.6), 1.0)
    truth = {
        "approved": is_fraud[labels == LEGIT].mean(),
        "declined": is_fraud[labels == FRAUD].mean(),
        "missed": (is_fraud & (labels == LEGIT)).sum() / is_fraud.sum(),
    }
    rng = np.random.default_rng(6)
    held, estimates = dict.fromkeys(truth, 0), []
    for _ in range(500):
        found = told(a_window(is_fraud, rng.random(SIZE) < chances, chances, labels), probability)
        for name, share in truth.items():
            rate = getattr(found, name)
            held[name] += rate.low <= share <= rate.high
        # Where no fraud was seen both would say none.
        estimates.append((found.approved.aipw or 0.0, found.approved.hajek or 0.0))
    assert min(held.values()) >= 475
    means = np.array(estimates, dtype=np.float64)
    for values in means.T:
        assert values.mean() == pytest.approx(truth["approved"], abs=4 * values.std() / np.sqrt(500) + 2e-4)
    assert means[:, 0].std() <= 1.05 * means[:, 1].std()
