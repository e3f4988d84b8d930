"""A replay says exactly what deciding does, and its curves agree with it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.triage.costs import expected_costs
from app.triage.deciding import decide
from app.triage.labels import LABELS, Label
from app.triage.policies.policy import AmountBand, Bounds
from app.triage.simulation.curves import histogram, miss_rate_by_coverage, reliability
from app.triage.simulation.replay import ReplayTable, changed_rows, moves, recorded, replay
from tests.triage.builders import a_policy
from tests.triage.simulation.builders import a_world, all_known, audited, empty_window

seeds = st.integers(0, 10_000)
BANDED = a_policy(
    approve_at_most=-4.0,
    novelty_at_most=95.0,
    bands=(AmountBand(amount_from=100.0, bounds=Bounds(approve_at_most=-6.0, decline_at_least=1.0)),),
)


@given(seeds)
def test_the_counts_are_those_of_deciding_row_by_row(seed: int) -> None:
    window = a_world(seed, size=60).window
    outcome = replay(ReplayTable.of(window), BANDED).outcome
    told = [
        LABELS[
            decide(
                window.scores.selected(slice(row, row + 1)), window.standings[row : row + 1],
                window.amounts[row : row + 1], BANDED,
            ).labels[0]
        ]
        for row in range(window.size)
    ]  # fmt: skip
    assert (outcome.labels.fraud, outcome.labels.legit, outcome.labels.unknown) == (
        told.count(Label.FRAUD),
        told.count(Label.LEGIT),
        told.count(Label.UNKNOWN),
    )
    assert (outcome.review_rate or 0) + (outcome.coverage or 0) == pytest.approx(1)
    assert outcome.unknowns_per_day == window.observed.per_day(told.count(Label.UNKNOWN))


@given(seeds)
def test_the_expected_cost_is_the_sum_over_rows(seed: int) -> None:
    window = a_world(seed, size=150).window
    replayed = replay(ReplayTable.of(window), BANDED)
    options = np.stack(expected_costs(window.scores.probability, window.amounts, BANDED.costs))
    by_row = options[replayed.labels, np.arange(window.size)].sum()
    assert replayed.outcome.expected_cost_per_day == pytest.approx(window.observed.per_day(by_row))


@given(seeds, st.floats(-8, -1))
def test_moves_count_what_changes_label_and_nothing_else(seed: int, approve: float) -> None:
    bench = a_world(seed).bench
    before, after = replay(bench, BANDED).labels, replay(bench, a_policy(approve_at_most=approve)).labels
    told = moves(before, after)
    assert sum(move.count for move in told) == (before != after).sum()
    for move in told:
        was, becomes = LABELS.index(move.before), LABELS.index(move.after)
        assert move.count == ((before == was) & (after == becomes)).sum() > 0
    rows = changed_rows(before, after)
    assert set(rows.tolist()) == set(np.flatnonzero(before != after).tolist())
    assert (np.diff(rows) < 0).all()


def test_what_was_recorded_is_what_the_deciding_policy_replays() -> None:
    world = audited(a_world(3, policy=BANDED), 3)
    assert recorded(world.bench, BANDED).outcome == replay(world.bench, BANDED).outcome


@given(seeds, st.booleans())
def test_the_curve_passes_through_every_policy_it_shifts_to(seed: int, is_all_known: bool) -> None:
    """Each point of the curve is what replaying the shifted policy says."""
    world = a_world(seed)
    world = all_known(world) if is_all_known else audited(world, seed)
    curve = miss_rate_by_coverage(world.bench, BANDED, steps=9)
    assert any(point.shift == 0 for point in curve)
    assert (np.diff([point.coverage for point in curve]) >= 0).all()
    for point in curve[:: max(1, len(curve) // 4)]:
        shifted = replace(
            BANDED,
            approve_at_most=min(BANDED.approve_at_most + point.shift, BANDED.decline_at_least),
            bands=tuple(
                replace(
                    band,
                    bounds=replace(
                        band.bounds,
                        approve_at_most=min(
                            band.bounds.approve_at_most + point.shift, band.bounds.decline_at_least
                        ),
                    ),
                )
                for band in BANDED.bands
            ),
        )
        outcome = replay(world.bench, shifted).outcome
        assert point.coverage == pytest.approx(outcome.coverage)
        if is_all_known:
            assert point.miss_rate.value == pytest.approx(outcome.risk.miss_rate.value)
            assert point.miss_rate.low == pytest.approx(outcome.risk.miss_rate.low)


def test_the_histogram_holds_every_scored_transaction_once() -> None:
    world = audited(a_world(4), 4)
    evidence = world.window.scores.evidence_fraud.copy()
    evidence[:5] = np.nan
    window = replace(world.window, scores=replace(world.window.scores, evidence_fraud=evidence))
    bins = histogram(ReplayTable.of(window), bins=20)
    assert len(bins) == 20
    assert sum(each.unlabelled + each.legit + each.fraud for each in bins) == window.size - 5
    edges = [each.low for each in bins] + [bins[-1].high]
    for number, each in enumerate(bins):
        inside = (evidence >= edges[number]) & ((evidence < edges[number + 1]) | (number == 19))
        assert each.fraud == (inside & (window.truths == 1)).sum()


def test_reliability_is_told_zone_by_zone() -> None:
    world = all_known(a_world(5, size=2000))
    replayed = replay(world.bench, BANDED)
    bins = reliability(world.bench, replayed)
    assert sum(each.transactions for each in bins) == 2000
    for each in bins:
        probability = world.window.scores.probability
        inside = (
            (replayed.labels == LABELS.index(each.zone))
            & (probability >= each.low)
            & ((probability < each.high) | (each.high == 1))
        )
        assert each.predicted == pytest.approx(probability[inside].mean())
        assert each.observed.value == pytest.approx(world.is_fraud[inside].mean())
        assert each.known == each.transactions == inside.sum()


def test_an_empty_window_comes_to_nothing_and_breaks_nothing() -> None:
    bench = ReplayTable.of(empty_window())
    replayed = replay(bench, BANDED)
    assert (replayed.outcome.labels.total, replayed.outcome.reviews_per_day) == (0, None)
    assert replayed.outcome.risk.miss_rate.value is None
    assert (miss_rate_by_coverage(bench, BANDED), histogram(bench), reliability(bench, replayed)) == (
        (),
        (),
        (),
    )
