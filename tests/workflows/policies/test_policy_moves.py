"""What takes a move back takes back nothing else: it is no way round a statement or a simulation."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.policies import lifecycle, policies
from app.database.policies.lifecycle import PolicyMoveRefused
from app.database.policies.policies import PolicyNotFound
from app.database.server.session import transaction
from app.review.access.people import Account, Role
from app.triage.policies.state import PolicyState
from app.workflows.policies.ground import Ground
from app.workflows.policies.lifecycle import PolicyLifecycle
from tests.builders import approved, in_shadow, rows, simulated
from tests.service import Service

EndingMove = Callable[[PolicyLifecycle, Account, int, Ground], Awaitable[None]]
ENDING_MOVES = pytest.mark.parametrize(
    "end_move", [PolicyLifecycle.unschedule, PolicyLifecycle.end_shadow], ids=["schedule", "shadow"]
)


@ENDING_MOVES
async def test_only_what_was_begun_is_ended(
    service: Service, engine: AsyncEngine, end_move: EndingMove
) -> None:
    life = service.services.policies.lifecycle
    manager = await service.person(Role.MANAGER)
    waiting, signed = await simulated(service), await simulated(service)
    await approved(service, signed)
    before = await rows(engine, "SELECT id, state, approved_by FROM policies ORDER BY id")
    for policy_id in (waiting, signed, service.services.models.serving.pair.policy_id):
        with pytest.raises(PolicyMoveRefused):
            await end_move(life, manager, policy_id, ground(service))
    with pytest.raises(PolicyNotFound):
        await end_move(life, manager, signed + 1000, ground(service))
    assert await rows(engine, "SELECT id, state, approved_by FROM policies ORDER BY id") == before


async def test_a_schedule_that_is_cancelled_leaves_the_version_approved(
    service: Service, engine: AsyncEngine
) -> None:
    life = service.services.policies.lifecycle
    manager = await service.person(Role.MANAGER)
    policy_id = await simulated(service)
    await approved(service, policy_id)
    now = service.services.clock()
    async with transaction(engine) as connection:
        await lifecycle.schedule(
            connection, policy_id, now + timedelta(hours=1), account_id=manager.id, now=now
        )
    await life.unschedule(manager, policy_id, ground(service))
    async with transaction(engine) as connection:
        version = await policies.by_id(connection, policy_id)
    assert (version.state, version.activates_at) == (PolicyState.APPROVED, None)
    assert version.approver_id not in {None, manager.id}


async def test_a_shadow_that_is_ended_can_begin_again(service: Service) -> None:
    life = service.services.policies.lifecycle
    manager = await service.person(Role.MANAGER)
    policy_id = await in_shadow(service)
    await life.end_shadow(manager, policy_id, ground(service))
    assert _shadows(service) == []
    await life.start_shadow(manager, policy_id, ground(service))
    assert _shadows(service) == [policy_id]


def ground(service: Service) -> Ground:
    return Ground(active_id=service.services.models.serving.pair.policy_id)


def _shadows(service: Service) -> list[int]:
    return [each.policy_id for each in service.services.models.serving.shadows]
