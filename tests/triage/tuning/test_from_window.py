"""A promise is set on all of a window, or on a plain random sample of it, or not at all."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from scipy import stats

from app.scoring.arrays import Floats
from app.triage.certificate import Method, Promise, PromiseInfeasible
from app.triage.labels import LABELS, Label
from app.triage.simulation.replay import ReplayTable
from app.triage.simulation.window import FRAUD_TRUTH
from app.triage.tuning.certified import propose_certified
from app.triage.tuning.evidence import LabelledScores
from app.triage.tuning.from_window import labelled_window
from app.triage.tuning.grid import grid_of
from tests.triage.builders import a_policy
from tests.triage.simulation.builders import World, a_world, all_known, audited, known
from tests.triage.tuning.known_truth import DRAWS, at_most_by_chance

#: Four different chances of being looked at: 0.2, 0.35 near the bound, 0.6 and 1.
AUDITING = a_policy(audit_share_approved=0.2, audit_share_near=0.35, near_width=1.5, audit_share_declined=0.6)
SMALLEST = 0.2


def taken(bench: ReplayTable, seed: int = 10**6, *, waiting_cases: int = 0) -> LabelledScores:
    return labelled_window(
        bench, waiting_cases=waiting_cases, source="a window", generator=np.random.default_rng(seed)
    )


def samples(world: World, draws: int) -> Iterator[tuple[ReplayTable, LabelledScores]]:
    """Return what people would have looked at, and what is taken of it, time and again."""
    for draw in range(draws):
        bench = audited(world, 10**5 + draw).bench
        yield bench, taken(bench, 10**6 + draw)


def test_where_every_truth_is_known_every_row_is_taken() -> None:
    world = all_known(a_world(1))
    part = taken(world.bench)
    assert part.is_fraud.tolist() == world.is_fraud.tolist()
    assert part.scores.evidence_fraud.tolist() == world.window.scores.evidence_fraud.tolist()
    assert (part.frauds, part.legits) == (int(world.is_fraud.sum()), int((~world.is_fraud).sum()))
    assert part.base_rate == pytest.approx(world.is_fraud.mean())
    assert part.source == "a window"


def test_a_whole_window_may_still_have_cases_that_wait() -> None:
    assert taken(all_known(a_world(1)).bench, waiting_cases=3).is_fraud.size == 400


@pytest.mark.slow
def test_every_row_is_taken_with_the_same_chance_whatever_the_machine_said_of_it() -> None:
    world = a_world(2, size=600, fraud_share=0.2, policy=AUDITING)
    count = np.zeros(world.is_fraud.size)
    places = {evidence: row for row, evidence in enumerate(world.window.scores.evidence_fraud.tolist())}
    for _, part in samples(world, DRAWS):
        count[[places[evidence] for evidence in part.scores.evidence_fraud.tolist()]] += 1
    chances = world.window.propensities
    assert np.unique(chances).tolist() == [0.2, 0.35, 0.6, 1.0]
    for chance in np.unique(chances):
        rows = chances == chance
        error = np.sqrt(SMALLEST * (1 - SMALLEST) / (DRAWS * rows.sum()))
        assert count[rows].mean() / DRAWS == pytest.approx(SMALLEST, abs=4 * error)
    # The rows one by one, too: no more of them stray than chance lets.
    strays = (count - DRAWS * SMALLEST) ** 2 / (DRAWS * SMALLEST * (1 - SMALLEST))
    assert stats.chi2.sf(strays.sum(), strays.size) > 0.001


@pytest.mark.slow
@pytest.mark.parametrize("kind", [True, False])
def test_thinned_rows_keep_the_distribution_of_their_class_where_known_ones_do_not(kind: bool) -> None:
    world = a_world(3, size=600, fraud_share=0.3, policy=AUDITING)
    points = np.quantile(world.window.scores.evidence_fraud[world.is_fraud == kind], [0.1, 0.3, 0.5, 0.9])
    of_all = below(world.window.scores.evidence_fraud[world.is_fraud == kind], points)
    thinned, raw = [], []
    for bench, part in samples(world, 500):
        thinned.append(below(part.scores.evidence_fraud[part.is_fraud == kind], points))
        rows = bench.known.rows[bench.known.is_fraud == kind]
        raw.append(below(bench.window.scores.evidence_fraud[rows], points))
    error = np.std(thinned, axis=0) / np.sqrt(500)
    assert (np.abs(np.mean(thinned, axis=0) - of_all) <= 4 * error + 1e-12).all()
    assert np.abs(np.mean(raw, axis=0) - of_all).max() > 0.05


def below(evidence: Floats, points: Floats) -> Floats:
    return np.asarray((evidence[:, np.newaxis] <= points).mean(axis=0))


@pytest.mark.slow
def test_a_promise_set_on_a_thinned_window_is_kept() -> None:
    """Over 500 windows: fraud evidence is normal, so the true miss rate of each bound is exact."""
    promise = Promise(miss_rate=0.2, confidence=0.9)
    grid = grid_of(a_world(0).bench, AUDITING)
    broken = 0
    for draw in range(500):
        bench = audited(a_world(draw, size=600, fraud_share=0.4, policy=AUDITING), 10**5 + draw).bench
        part = taken(bench, 10**6 + draw)
        policy, _ = propose_certified(AUDITING, part, promise, Method.NEYMAN_PEARSON, grid=grid)
        broken += bool(stats.norm.cdf((policy.approve_at_most - 1) / 3) > promise.miss_rate)
    assert 0.03 <= broken / 500 <= at_most_by_chance(0.1, 500)


def test_the_share_of_frauds_is_that_of_the_window_and_not_of_what_was_looked_at() -> None:
    world = a_world(4, size=4000, fraud_share=0.1, policy=AUDITING)
    told = [taken(audited(world, draw).bench).base_rate for draw in range(100)]
    assert np.mean(told) == pytest.approx(world.is_fraud.mean(), rel=0.01)
    looked_at = audited(world, 0).window.truths
    assert (looked_at == FRAUD_TRUTH).sum() / (looked_at >= 0).sum() > 2 * world.is_fraud.mean()


def test_labels_of_a_source_with_a_chance_of_its_own_are_thinned_to_the_smallest_of_all() -> None:
    world = a_world(5, size=4000, policy=AUDITING)
    by_source = known(world, np.random.default_rng(0).random(4000) < 0.5, 0.5)
    assert taken(by_source.bench).is_fraud.size == pytest.approx(4000 * SMALLEST, rel=0.1)


def test_the_same_generator_takes_the_same_rows_and_the_fingerprint_tells_others() -> None:
    bench = audited(a_world(6, policy=AUDITING), 1).bench
    first, again, other = taken(bench, 1), taken(bench, 1), taken(bench, 2)
    assert first.rows_sha256 == again.rows_sha256 != other.rows_sha256
    whole = all_known(a_world(6)).bench
    keys = whole.window.keys
    assert taken(whole).rows_sha256 == sha256(keys.astype(">i8").tobytes()).hexdigest()
    shuffled = np.random.default_rng(0).permutation(keys)
    assert taken(ReplayTable.of(replace(whole.window, keys=shuffled))).rows_sha256 == taken(whole).rows_sha256


def test_a_window_nobody_looked_into_is_refused() -> None:
    with pytest.raises(PromiseInfeasible, match="no payment of the window has a truth"):
        taken(a_world(7).bench)


def test_chargebacks_alone_are_refused_for_nobody_knows_which_would_have_come() -> None:
    world = a_world(7)
    with pytest.raises(PromiseInfeasible, match="no payment of the window has a truth"):
        taken(known(world, world.is_fraud, np.nan).bench)


def test_a_window_whose_approved_are_never_audited_is_refused() -> None:
    blind = a_policy(audit_share_approved=0.0, audit_share_near=0.0)
    with pytest.raises(PromiseInfeasible, match="could never be audited: their share was zero"):
        taken(audited(a_world(8, policy=blind), 1).bench)


def test_reviewed_cases_without_the_approved_ones_are_refused() -> None:
    world = a_world(8, policy=a_policy(audit_share_approved=0.0, audit_share_declined=0.0))
    reviewed = world.window.labels == LABELS.index(Label.UNKNOWN)
    with pytest.raises(PromiseInfeasible, match="could never be audited"):
        taken(known(world, reviewed, 1.0).bench)


def test_while_cases_wait_for_their_verdict_the_sample_is_not_whole() -> None:
    bench = audited(a_world(9, policy=AUDITING), 1).bench
    with pytest.raises(PromiseInfeasible, match="1\u202f200 cases of the window wait for a verdict"):
        taken(bench, waiting_cases=1200)
