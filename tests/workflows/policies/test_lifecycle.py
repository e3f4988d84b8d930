"""The life of a version, lived by two managers: what is asked of them, and what is never lost in silence."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.server.place import utc_now
from app.database.policies import simulations
from app.database.policies.simulations import SimulationRecord
from app.database.server.session import transaction
from app.review.access.people import Account, Role
from app.triage.guard_rails import Guard, WarningsUnanswered
from app.triage.policies.approval import OwnPolicyApproved
from app.triage.policies.state import PolicyState
from app.workflows.policies.drafts import Draft
from app.workflows.policies.ground import Ground
from app.workflows.policies.lifecycle import MOST_SHADOWS, PolicyLifecycle
from app.workflows.policies.refusals import (
    ActivationInThePast,
    NothingToRollBackTo,
    StatementMissing,
    StatementOutdated,
    TooManyShadows,
)
from tests.builders import Clock, simulated, value
from tests.service import Service

#: Nothing was posted in these tests, which every draft and every signature must answer for.
EMPTY = {Guard.WINDOW_EMPTY: "It is a test."}
WHY = "It is time."
UNDOES = EMPTY | {Guard.SUPERSEDED: "What it undoes is to be undone."}


@pytest.fixture
def clock() -> Clock:
    return Clock(utc_now())


@pytest.fixture
def life(service: Service, engine: AsyncEngine, clock: Clock) -> PolicyLifecycle:
    return PolicyLifecycle(
        engine, service.services.models.serving, service.services.policies.lab, clock=clock
    )


@pytest.fixture
async def author(service: Service) -> Account:
    return await service.person(Role.MANAGER)


@pytest.fixture
async def second(service: Service) -> Account:
    return await service.person(Role.MANAGER)


def a_draft(service: Service, **changes: Any) -> Draft:
    """Return the active policy with one bound moved."""
    pair = service.services.models.serving.pair
    policy = replace(pair.policy, **({"approve_at_most": pair.policy.approve_at_most - 0.5} | changes))
    return Draft(
        policy=policy, reason="Less risk.", parent_id=pair.policy_id, certificate=None, answers=EMPTY
    )


async def drafted(life: PolicyLifecycle, service: Service, author: Account, **changes: Any) -> int:
    return await life.draft(author, a_draft(service, **changes), service.services.policies.lab.usual_span())


async def signed(life: PolicyLifecycle, service: Service, author: Account, second: Account) -> int:
    policy_id = await drafted(life, service, author)
    await sign(life, service, second, policy_id)
    return policy_id


async def sign(life: PolicyLifecycle, service: Service, second: Account, policy_id: int) -> None:
    newest = await life.newest_simulation(policy_id)
    assert newest is not None
    await life.approve(second, policy_id, ground(service), simulation_id=newest.id, answers=EMPTY)


def ground(service: Service) -> Ground:
    """Return what a manager sees now: the version that decides."""
    return Ground(active_id=service.services.models.serving.pair.policy_id)


async def states(life: PolicyLifecycle, *policy_ids: int) -> list[PolicyState]:
    return [(await life.version(each)).state for each in policy_ids]


async def test_a_draft_keeps_what_it_would_have_done_and_why_warnings_were_passed_over(
    life: PolicyLifecycle, service: Service, author: Account
) -> None:
    version = await life.version(await drafted(life, service, author))
    newest = await life.newest_simulation(version.id)
    assert (version.state, version.reason, version.author_id) == (
        PolicyState.SIMULATED,
        "Less risk.",
        author.id,
    )
    assert [(each.guard, each.answer) for each in version.warnings] == [(Guard.WINDOW_EMPTY, "It is a test.")]
    assert newest is not None
    assert newest.record.statement is not None


async def test_a_draft_with_an_unanswered_warning_is_not_kept(
    life: PolicyLifecycle, service: Service, author: Account, engine: AsyncEngine
) -> None:
    before = await value(engine, "SELECT count(*) FROM policies")
    draft = replace(a_draft(service), answers={Guard.WINDOW_EMPTY: "  "})
    with pytest.raises(WarningsUnanswered) as refused:
        await life.draft(author, draft, service.services.policies.lab.usual_span())
    assert [each.guard for each in refused.value.warnings] == [Guard.WINDOW_EMPTY]
    assert await value(engine, "SELECT count(*) FROM policies") == before


async def test_a_second_person_signs_the_statement_that_was_read(
    life: PolicyLifecycle, service: Service, author: Account, second: Account
) -> None:
    policy_id = await drafted(life, service, author)
    read = await life.newest_simulation(policy_id)
    assert read is not None
    with pytest.raises(OwnPolicyApproved):
        await life.approve(author, policy_id, ground(service), simulation_id=read.id, answers=EMPTY)
    await life.simulate(author, policy_id, service.services.policies.lab.usual_span())
    with pytest.raises(StatementOutdated):
        await life.approve(second, policy_id, ground(service), simulation_id=read.id, answers={})
    await sign(life, service, second, policy_id)
    version = await life.version(policy_id)
    assert (version.state, version.approver_id) == (PolicyState.APPROVED, second.id)


async def test_nobody_signs_for_a_version_without_a_statement(
    life: PolicyLifecycle, service: Service, second: Account, engine: AsyncEngine
) -> None:
    """Such as one whose simulation was kept before statements were."""
    policy_id = await simulated(service)
    span = service.services.policies.lab.usual_span()
    record = SimulationRecord(
        window_start=span.since, window_end=span.until, decisions=0, result={}, statement=None, warnings=()
    )
    async with transaction(engine) as connection:
        await simulations.add(connection, policy_id, record, account_id=second.id, now=span.until)
    with pytest.raises(StatementMissing):
        await sign(life, service, second, policy_id)


async def test_activation_now_decides_at_once_and_rolls_back_in_one_move(
    life: PolicyLifecycle, service: Service, author: Account, second: Account
) -> None:
    first = service.services.models.serving.pair.policy_id
    policy_id = await signed(life, service, author, second)
    await life.activate(second, policy_id, ground(service), reason=WHY, answers={})
    assert service.services.models.serving.pair.policy_id == policy_id
    assert await states(life, first, policy_id) == [PolicyState.RETIRED, PolicyState.ACTIVE]
    assert await life.roll_back(author, ground(service), reason=WHY) == first
    assert service.services.models.serving.pair.policy_id == first
    assert await states(life, first, policy_id) == [PolicyState.ACTIVE, PolicyState.RETIRED]


async def test_there_is_nothing_before_the_first_version(
    life: PolicyLifecycle, service: Service, author: Account
) -> None:
    with pytest.raises(NothingToRollBackTo):
        await life.roll_back(author, ground(service), reason=WHY)


async def test_a_scheduled_version_decides_from_its_moment_on(
    life: PolicyLifecycle, service: Service, author: Account, second: Account, clock: Clock
) -> None:
    first = service.services.models.serving.pair.policy_id
    policy_id = await signed(life, service, author, second)
    with pytest.raises(ActivationInThePast):
        await life.schedule(second, policy_id, ground(service), clock(), reason=WHY, answers={})
    await life.schedule(
        second, policy_id, ground(service), clock() + timedelta(hours=2), reason=WHY, answers={}
    )
    clock.passes(hours=1)
    await life.activate_due()
    assert service.services.models.serving.pair.policy_id == first
    clock.passes(hours=1)
    await life.activate_due()
    assert service.services.models.serving.pair.policy_id == policy_id


async def test_what_was_scheduled_never_undoes_what_was_activated_meanwhile(
    life: PolicyLifecycle, service: Service, author: Account, second: Account, clock: Clock
) -> None:
    scheduled = await signed(life, service, author, second)
    urgent = await signed(life, service, second, author)
    await life.schedule(
        second, scheduled, ground(service), clock() + timedelta(hours=1), reason=WHY, answers={}
    )
    await life.activate(author, urgent, ground(service), reason=WHY, answers={})
    clock.passes(hours=1)
    await life.activate_due()
    assert await states(life, scheduled, urgent) == [PolicyState.APPROVED, PolicyState.ACTIVE]
    newest = (await life.history(limit=1))[0].event
    assert (newest.policy_id, newest.details) == (scheduled, {"superseded_by": urgent})


async def test_what_undoes_another_managers_change_asks_first_and_again_for_the_next(
    life: PolicyLifecycle, service: Service, author: Account, second: Account
) -> None:
    late, former, newer = [await signed(life, service, author, second) for _ in range(3)]
    await life.activate(second, former, ground(service), reason=WHY, answers={})
    with pytest.raises(WarningsUnanswered) as refused:
        await life.activate(second, late, ground(service), reason=WHY, answers={})
    assert f"version {former} " in refused.value.warnings[0].sentence
    await life.activate(second, newer, ground(service), reason=WHY, answers=UNDOES)
    with pytest.raises(WarningsUnanswered) as refused:
        await life.activate(second, late, ground(service), reason=WHY, answers={})
    assert f"version {newer} " in refused.value.warnings[0].sentence
    await life.activate(second, late, ground(service), reason=WHY, answers=UNDOES)
    assert await states(life, late, former, newer) == [
        PolicyState.ACTIVE,
        PolicyState.RETIRED,
        PolicyState.RETIRED,
    ]


async def test_an_author_who_knew_what_it_undoes_is_asked_only_about_what_came_since(
    life: PolicyLifecycle, service: Service, author: Account, second: Account
) -> None:
    draft, span = a_draft(service), service.services.policies.lab.usual_span()
    former = await signed(life, service, author, second)
    newer = await signed(life, service, author, second)
    await life.activate(second, former, ground(service), reason=WHY, answers={})
    policy_id = await life.draft(author, replace(draft, answers=UNDOES), span)
    await sign(life, service, second, policy_id)
    await life.activate(second, newer, ground(service), reason=WHY, answers=UNDOES)
    with pytest.raises(WarningsUnanswered) as refused:
        await life.activate(second, policy_id, ground(service), reason=WHY, answers={})
    assert f"version {newer} " in refused.value.warnings[0].sentence


async def test_only_a_few_versions_look_on_at_once(
    life: PolicyLifecycle, service: Service, author: Account
) -> None:
    versions = [await drafted(life, service, author) for _ in range(MOST_SHADOWS + 1)]
    for policy_id in versions[:-1]:
        await life.start_shadow(author, policy_id, ground(service))
    with pytest.raises(TooManyShadows):
        await life.start_shadow(author, versions[-1], ground(service))
    await life.end_shadow(author, versions[0], ground(service))
    await life.start_shadow(author, versions[-1], ground(service))
    assert {each.policy_id for each in service.services.models.serving.shadows} == set(versions[1:])
