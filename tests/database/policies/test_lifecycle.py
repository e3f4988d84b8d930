"""A version's way from draft to retired: recorded move by move, and raced for by many."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.policies import lifecycle, policies
from app.database.policies.lifecycle import PolicyMoveRefused
from app.database.policies.policies import PolicyNotFound
from app.database.server.notifications import POLICY_ACTIVATED
from app.database.server.session import transaction
from app.triage.policies.state import PolicyState
from tests.builders import NOON, driver, register_account, rows, until_somebody_waits_for_a_lock, value
from tests.database.world import World, a_world, drafted
from tests.patience import PATIENCE_SECONDS
from tests.payments_written import written

LATER = NOON + timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A database of the test's own, with an active policy, and managers in it."""

    engine: AsyncEngine
    world: World

    async def version(self, *states: PolicyState) -> int:
        """Draft a version and bring it through these states."""
        async with transaction(self.engine) as connection:
            policy_id = await drafted(connection, self.world.author, self.world.model)
            for state in states:
                await lifecycle.move(connection, policy_id, state, account_id=self.world.approver, now=NOON)
        return policy_id

    async def approved(self) -> int:
        return await self.version(PolicyState.SIMULATED, PolicyState.APPROVED)


@pytest.fixture
async def stage(engine: AsyncEngine) -> Stage:
    async with transaction(engine) as connection:
        world = await a_world(connection)
    return Stage(engine=engine, world=world)


async def test_every_move_is_an_event_with_who_when_and_why(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    policy_id = await drafted(connection, world.author, world.model)
    now = NOON
    steps = (
        (PolicyState.SIMULATED, None),
        (PolicyState.SHADOW, None),
        (PolicyState.SIMULATED, {"after": "a week"}),
        (PolicyState.APPROVED, {"statement": {"frauds_per_day": 1.5}}),
        (PolicyState.RETIRED, None),
    )
    for state, details in steps:
        now += timedelta(minutes=1)
        await lifecycle.move(
            connection, policy_id, state, account_id=world.approver, now=now, details=details
        )
    events = await lifecycle.events(connection, limit=10, policy_id=policy_id)
    newest_first = [(event.state, event.details) for event in events]
    assert newest_first == [*reversed(steps), (PolicyState.DRAFT, None)]
    assert [event.account_id for event in events] == [world.approver] * 5 + [world.author]
    assert [event.happened_at for event in events][:2] == [now, now - timedelta(minutes=1)]
    page = await lifecycle.events(connection, limit=2, policy_id=policy_id, before_id=events[1].id)
    assert page == events[2:4]
    everything = await lifecycle.events(connection, limit=100)
    assert everything[: len(events)] == events
    assert {event.policy_id for event in everything} == {policy_id, world.policy}


async def test_a_schedule_is_kept_taken_back_and_kept_again(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    policy_id = await drafted(connection, world.author, world.model)
    for state in (PolicyState.SIMULATED, PolicyState.APPROVED):
        await lifecycle.move(connection, policy_id, state, account_id=world.approver, now=NOON)
    await lifecycle.schedule(connection, policy_id, LATER, account_id=world.author, now=NOON)
    version = await policies.by_id(connection, policy_id)
    assert (version.state, version.activates_at) == (PolicyState.SCHEDULED, LATER)
    # The author may take the schedule back: the approval stays the other's.
    await lifecycle.move(connection, policy_id, PolicyState.APPROVED, account_id=world.author, now=NOON)
    version = await policies.by_id(connection, policy_id)
    assert (version.state, version.activates_at, version.approver_id) == (
        PolicyState.APPROVED,
        None,
        world.approver,
    )
    await lifecycle.schedule(connection, policy_id, LATER, account_id=world.approver, now=NOON)
    await lifecycle.activate(connection, policy_id, account_id=world.approver, now=LATER)
    version = await policies.by_id(connection, policy_id)
    assert (version.state, version.activates_at) == (PolicyState.ACTIVE, None)
    (_, scheduled, *_) = await lifecycle.events(connection, limit=9, policy_id=policy_id)
    assert scheduled.details == {"activates_at": LATER.isoformat()}


async def test_a_move_that_is_none_is_refused(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    draft = await drafted(connection, world.author, world.model)
    with pytest.raises(PolicyMoveRefused):
        await lifecycle.move(connection, draft, PolicyState.SHADOW, account_id=world.author, now=NOON)
    with pytest.raises(PolicyMoveRefused):
        await lifecycle.schedule(connection, draft, LATER, account_id=world.author, now=NOON)
    with pytest.raises(PolicyMoveRefused):
        await lifecycle.activate(connection, world.policy, account_id=world.author, now=NOON)
    with pytest.raises(PolicyNotFound):
        await lifecycle.move(connection, draft + 1000, PolicyState.RETIRED, account_id=world.author, now=NOON)


async def test_the_version_before_the_active_one_is_the_one_that_decided_last(
    connection: AsyncConnection,
) -> None:
    world = await a_world(connection)
    assert await lifecycle.previous_active(connection) is None
    versions = [world.policy]
    for _ in range(2):
        policy_id = await drafted(connection, world.author, world.model)
        for state in (PolicyState.SIMULATED, PolicyState.APPROVED):
            await lifecycle.move(connection, policy_id, state, account_id=world.approver, now=NOON)
        await lifecycle.activate(connection, policy_id, account_id=world.approver, now=NOON)
        versions.append(policy_id)
    first, second, third = versions
    assert await lifecycle.previous_active(connection) == second
    await lifecycle.activate(connection, second, account_id=world.author, now=NOON)
    assert await lifecycle.previous_active(connection) == third
    await lifecycle.activate(connection, first, account_id=world.author, now=NOON)
    assert await lifecycle.previous_active(connection) == second


async def test_of_two_managers_who_approve_at_once_one_does(stage: Stage) -> None:
    """The first holds the row open until the second is seen to wait for it."""
    policy_id = await stage.version(PolicyState.SIMULATED)
    async with transaction(stage.engine) as connection:
        other = (await register_account(connection)).id

    async def approve(connection: AsyncConnection, account_id: int) -> None:
        await lifecycle.move(connection, policy_id, PolicyState.APPROVED, account_id=account_id, now=NOON)

    async def approve_too() -> None:
        async with transaction(stage.engine) as connection:
            await approve(connection, other)

    async with transaction(stage.engine) as connection:
        await approve(connection, stage.world.approver)
        second = asyncio.create_task(approve_too())
        await until_somebody_waits_for_a_lock(stage.engine)
    with pytest.raises(PolicyMoveRefused):
        await second
    version = await rows(stage.engine, f"SELECT approved_by FROM policies WHERE id = {policy_id}")
    assert version == [(stage.world.approver,)]
    events = "SELECT count(*) FROM policy_events WHERE state = 'approved' AND policy_id = :policy"
    assert await value(stage.engine, events, policy=policy_id) == 1


async def test_what_is_due_is_taken_by_one_process_alone(stage: Stage) -> None:
    """The second looks while the first has taken it, and again after it has activated it."""
    early, late, not_yet = [await stage.approved() for _ in range(3)]
    async with transaction(stage.engine) as connection:
        for policy_id, minutes in ((late, 2), (early, 1), (not_yet, 90)):
            at = NOON + timedelta(minutes=minutes)
            await lifecycle.schedule(connection, policy_id, at, account_id=stage.world.author, now=NOON)
    now = NOON + timedelta(minutes=5)
    async with transaction(stage.engine) as first:
        taken = await lifecycle.due(first, now)
        assert taken is not None
        assert (taken.policy_id, taken.scheduled_by) == (early, stage.world.author)
        async with transaction(stage.engine) as second:
            other = await lifecycle.due(second, now)
            assert other is not None
            assert other.policy_id == late
            async with transaction(stage.engine) as third:
                assert await lifecycle.due(third, now) is None
        await lifecycle.activate(first, early, account_id=taken.scheduled_by, now=now)
    async with transaction(stage.engine) as connection:
        next_one = await lifecycle.due(connection, now)
        assert next_one is not None
        assert next_one.policy_id == late
        assert await lifecycle.due(connection, NOON) is None
        assert await policies.active_id(connection) == early


async def test_processes_that_race_for_a_due_version_activate_it_once(stage: Stage) -> None:
    policy_id = await stage.approved()
    async with transaction(stage.engine) as connection:
        await lifecycle.schedule(connection, policy_id, LATER, account_id=stage.world.author, now=NOON)

    async def work() -> bool:
        async with transaction(stage.engine) as connection:
            due = await lifecycle.due(connection, LATER)
            if due is not None:
                await lifecycle.activate(connection, due.policy_id, account_id=due.scheduled_by, now=LATER)
            return due is not None

    assert sum(await asyncio.gather(*(work() for _ in range(6)))) == 1
    events = "SELECT count(*) FROM policy_events WHERE state = 'active' AND policy_id = :policy"
    assert await value(stage.engine, events, policy=policy_id) == 1


async def test_a_payment_need_not_wait_for_a_manager_who_moves_the_policy_it_names(stage: Stage) -> None:
    """Its decision refers to the version whose row is locked; that reference is no change of it."""
    async with transaction(stage.engine) as connection:
        await policies.by_id(connection, stage.world.policy, for_update=True)
        async with transaction(stage.engine) as payment:
            await payment.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            await payment.exec_driver_sql(
                "INSERT INTO later_decisions (transaction_id, attempt, policy_id, label, reason,"
                " label_propensity, decided_at) SELECT transaction_id, 2, policy_id, label, reason,"
                " label_propensity, decided_at FROM decisions LIMIT 1"
            )
            await written(payment, {"beside": Decimal(1)}, policy_id=stage.world.policy)
    assert await value(stage.engine, "SELECT count(*) FROM decisions") == 3


@pytest.mark.parametrize("leaves_by", [PolicyState.SIMULATED, PolicyState.APPROVED, PolicyState.RETIRED])
async def test_everybody_is_told_when_a_version_enters_and_leaves_the_shadow(
    stage: Stage, database_url: str, leaves_by: PolicyState
) -> None:
    policy_id = await stage.version(PolicyState.SIMULATED)
    heard: asyncio.Queue[object] = asyncio.Queue()
    listener = await driver(database_url)
    await listener.add_listener(POLICY_ACTIVATED, lambda *told: heard.put_nowait(told[-1]))
    for state in (PolicyState.SHADOW, leaves_by):
        async with transaction(stage.engine) as connection:
            await lifecycle.move(connection, policy_id, state, account_id=stage.world.approver, now=NOON)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await heard.get() == str(policy_id)
    await listener.close()
    assert heard.empty()
