"""The state a manager saw when deciding a move of a version, and whether it still holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.policies import lifecycle, policies
from app.database.policies.lifecycle import PolicyMoveRefused
from app.database.server.session import transaction
from app.triage.policies.state import PolicyState
from app.workflows.policies.refusals import GroundChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The state on which a move was decided."""

    #: The version that decided when the person looked.
    active_id: int
    #: Where the version to be moved stood then; None where nobody says.
    state: PolicyState | None = None


@asynccontextmanager
async def moving(
    engine: AsyncEngine, ground: Ground, policy_id: int | None
) -> AsyncIterator[AsyncConnection]:
    """Give a connection on which one version may be moved, while nobody else moves any.

    Raises `GroundChanged` where another version decides by now or this one was moved meanwhile, and
    `PolicyNotFound`. A `PolicyMoveRefused` from within says who moved the version last.
    """
    async with transaction(engine) as connection:
        await lifecycle.lock_moves(connection)
        await _check(connection, ground, policy_id)
        try:
            yield connection
        except PolicyMoveRefused as refused:
            if policy_id is not None:
                refused.last = await lifecycle.last_event(connection, policy_id)
            raise


async def _check(connection: AsyncConnection, ground: Ground, policy_id: int | None) -> None:
    version = None if policy_id is None else await policies.by_id(connection, policy_id, for_update=True)
    if await policies.active_id(connection) != ground.active_id:
        raise GroundChanged(await lifecycle.last_activation(connection))
    if version is not None and ground.state is not None and version.state is not ground.state:
        raise GroundChanged(await lifecycle.last_event(connection, version.id))
