"""Bounds are proposed and nothing more; a promise stays with a policy only as far as it holds."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.triage.certificate import Method, Promise, PromiseInfeasible
from app.triage.policies.policy import Policy
from app.workflows.policies.lab.policy_lab import PolicyLab
from app.workflows.policies.lab.trials import Span
from app.workflows.policies.promise_steps import CountedOn
from app.workflows.policies.proposals import SetBy, Source, ThresholdProposals, Wish
from tests.builders import value
from tests.service import Service
from tests.workflows.policies.looked_back import post_payments, spread_over_days, tell, the_last_days

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROMISE = Promise(miss_rate=0.15, confidence=0.95)


@dataclass(frozen=True, kw_only=True)
class ProposalCase:
    """A window with known truths, and what decides now."""

    proposing: ThresholdProposals
    lab: PolicyLab
    span: Span
    active: Policy
    active_id: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(shared_service: Service, shared_engine: AsyncEngine) -> AsyncIterator[ProposalCase]:
    await tell(shared_engine, await post_payments(shared_service, 200))
    await spread_over_days(shared_engine)
    lab = shared_service.services.policies.lab
    pair = shared_service.services.models.serving.pair
    yield ProposalCase(
        proposing=shared_service.services.policies.proposals,
        lab=lab,
        span=the_last_days(shared_service),
        active=pair.policy,
        active_id=pair.policy_id,
    )


def wish_for(promise: Promise = PROMISE, **changes: Any) -> Wish:
    return replace(Wish(set_by=SetBy.PROMISE, promise=promise), **changes)


async def test_what_is_proposed_keeps_all_but_the_bounds_and_is_nowhere_stored(
    bench: ProposalCase, shared_engine: AsyncEngine
) -> None:
    before = await value(shared_engine, "SELECT count(*) FROM policies")
    for set_by in (SetBy.COST, SetBy.CAPACITY):
        found = (await bench.proposing.propose(bench.active, Wish(set_by=set_by), bench.span)).policy
        assert found.all_bands != bench.active.all_bands
        for kept in ("model_version", "novelty_at_most", "costs", "staffing", "audit_share_approved"):
            assert getattr(found, kept) == getattr(bench.active, kept)
    assert await value(shared_engine, "SELECT count(*) FROM policies") == before


async def test_what_capacity_proposes_leaves_people_no_more_than_their_hours(bench: ProposalCase) -> None:
    staffing = replace(bench.active.staffing, analysts=1, minutes_per_review=200.0)
    costs = replace(bench.active.costs, review=0.01)
    tight = replace(bench.active, staffing=staffing, costs=costs)
    found = await bench.proposing.propose(tight, Wish(set_by=SetBy.CAPACITY), bench.span)
    outcome = (await bench.lab.simulate(found.policy, bench.span)).after
    assert outcome.analyst_hours_per_day is not None
    assert outcome.analyst_hours_per_day <= staffing.analyst_hours_per_day
    assert found.price_per_analyst_hour is not None
    assert found.price_per_analyst_hour > 0


async def test_a_promise_rests_on_the_models_calibration_part_or_on_live_labels(bench: ProposalCase) -> None:
    of_model = await bench.proposing.propose(bench.active, wish_for(), bench.span)
    of_labels = await bench.proposing.propose(
        bench.active, wish_for(Promise(miss_rate=0.2), source=Source.LABELS), bench.span
    )
    assert of_model.certificate is not None
    assert of_model.certificate.miss_rate_at_most == 0.15
    assert of_labels.certificate is not None
    assert of_labels.certificate.source.startswith("the labels of")
    assert of_labels.certificate.rows_sha256 != of_model.certificate.rows_sha256


async def test_steps_cost_what_their_policies_leave_to_people_in_the_window(bench: ProposalCase) -> None:
    found = await bench.proposing.steps(bench.active, wish_for(), bench.span)
    assert found.counted_on is CountedOn.WINDOW
    assert len(found.steps) > 1
    for step in found.steps:
        assert step.promise.chosen_among == len(found.steps)
        after = (await bench.lab.simulate(step.policy, bench.span)).after
        assert step.review_rate == after.review_rate
        # What is kept is what was shown: the same promise gives the same policy and certificate.
        wish = wish_for(step.promise)
        kept = await bench.proposing.certificate(step.policy, wish, bench.span, parent_id=bench.active_id)
        assert kept == step.certificate


async def test_where_the_window_says_too_little_steps_cost_what_the_card_says(
    bench: ProposalCase, shared_service: Service
) -> None:
    empty = Span(since=bench.span.since - timedelta(days=9), until=bench.span.since)
    found = await bench.proposing.steps(bench.active, Wish(), empty)
    assert (found.counted_on, found.transactions) == (CountedOn.CARD, 0)
    card = shared_service.services.models.serving.pair.model.card
    rates = {step["approve_at_most"]: step["review_rate"] for step in card.get("staircase", ())}
    for step in found.steps:
        below = [bound for bound in rates if bound <= step.policy.approve_at_most]
        assert step.review_rate == (rates[max(below)] if below else None)


async def test_a_choice_holds_with_the_number_of_steps_it_was_made_among(bench: ProposalCase) -> None:
    (step, *_) = (await bench.proposing.steps(bench.active, wish_for(), bench.span)).steps
    alone = wish_for(replace(step.promise, chosen_among=1))
    found = await bench.proposing.propose(bench.active, alone, bench.span)
    assert found.policy.approve_at_most > step.policy.approve_at_most
    chosen = wish_for(step.promise)
    # The bounds of a promise made without looking do not keep one that was chosen.
    kept = await bench.proposing.certificate(found.policy, chosen, bench.span, parent_id=bench.active_id)
    assert kept is None


async def test_a_promise_that_needs_more_frauds_says_how_many(bench: ProposalCase) -> None:
    with pytest.raises(PromiseInfeasible, match="2\u202f995 known frauds are needed") as refused:
        await bench.proposing.propose(bench.active, wish_for(Promise(miss_rate=0.001)), bench.span)
    assert refused.value.frauds_needed == 2995


@pytest.mark.parametrize("method", list(Method))
async def test_a_wished_promise_is_kept_by_what_approves_no_more(bench: ProposalCase, method: Method) -> None:
    wish = wish_for(method=method)
    found = await bench.proposing.propose(bench.active, wish, bench.span)
    stricter = replace(found.policy, approve_at_most=found.policy.approve_at_most - 0.5)
    looser = replace(found.policy, approve_at_most=found.policy.approve_at_most + 0.5)
    for policy, expected in ((found.policy, True), (stricter, True), (looser, False)):
        kept = await bench.proposing.certificate(policy, wish, bench.span, parent_id=bench.active_id)
        assert (kept is not None) is expected


async def test_a_precision_is_kept_only_by_the_very_same_declines(bench: ProposalCase) -> None:
    wish = wish_for(Promise(miss_rate=0.15, confidence=0.9, decline_precision=0.5))
    found = await bench.proposing.propose(bench.active, wish, bench.span)
    same = await bench.proposing.certificate(found.policy, wish, bench.span, parent_id=bench.active_id)
    moved = replace(found.policy, decline_at_least=found.policy.decline_at_least + 0.5)
    other = await bench.proposing.certificate(moved, wish, bench.span, parent_id=bench.active_id)
    assert same is not None
    assert same.decline_precision_at_least == 0.5
    assert other is not None
    assert (other.miss_rate_at_most, other.decline_precision_at_least) == (0.15, None)


async def test_by_hand_the_parents_promise_stays_while_no_more_is_approved(bench: ProposalCase) -> None:
    by_hand = Wish(set_by=SetBy.HAND)
    for shift, expected in ((0.0, True), (-1.0, True), (0.1, False)):
        policy = replace(bench.active, approve_at_most=bench.active.approve_at_most + shift)
        kept = await bench.proposing.certificate(policy, by_hand, bench.span, parent_id=bench.active_id)
        assert (kept is not None) is expected
