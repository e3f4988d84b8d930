"""Moves of policy versions through their life, and the record of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.policies.policies import PolicyNotFound, record
from app.database.server.locks import AdvisoryLock, wait_for
from app.database.tables.people import AccountRow
from app.database.tables.policies import ActivePolicyRow, PolicyEventRow, PolicyRow
from app.triage.policies.state import NEXT_STATES, PolicyState

Details = Mapping[str, object]


class PolicyMoveRefused(Exception):
    """A policy cannot go from the state it is in to the one asked for."""

    #: The last move of that version, as far as it is known.
    last: "PolicyEvent | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEvent:
    """One move of a version: into which state, by whom, when, and what belongs to it."""

    id: int
    policy_id: int
    state: PolicyState
    account_id: int
    account: str
    happened_at: datetime
    details: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueActivation:
    """A scheduled version that is due for activation, who scheduled it, and the version active then."""

    policy_id: int
    scheduled_by: int
    active_then: int | None


async def lock_moves(connection: AsyncConnection) -> None:
    """Take the lock under which a transaction reads all versions and moves one."""
    await wait_for(connection, AdvisoryLock.POLICY_MOVES)


async def move(
    connection: AsyncConnection,
    policy_id: int,
    to: PolicyState,
    *,
    account_id: int,
    now: datetime,
    activates_at: datetime | None = None,
    details: Details | None = None,
) -> None:
    """Bring a version into the next state; the first approval keeps who gave it.

    Raises `PolicyNotFound` and `PolicyMoveRefused`; locks the version's row.
    """
    row = (
        await connection.execute(
            select(PolicyRow.state, PolicyRow.approved_by)
            .where(PolicyRow.id == policy_id)
            .with_for_update(key_share=True)
        )
    ).one_or_none()
    if row is None:
        raise PolicyNotFound
    if to not in NEXT_STATES[row.state]:
        raise PolicyMoveRefused
    if to is PolicyState.ACTIVE and row.approved_by is None:  # it was archived before anybody signed for it
        raise PolicyMoveRefused
    values: dict[str, Any] = {"state": to, "activates_at": activates_at}
    if to is PolicyState.APPROVED and row.approved_by is None:
        values |= {"approved_by": account_id, "approved_at": now}
    await connection.execute(update(PolicyRow).where(PolicyRow.id == policy_id).values(values))
    await record(connection, policy_id, to, account_id=account_id, now=now, details=details)


async def schedule(
    connection: AsyncConnection,
    policy_id: int,
    at: datetime,
    *,
    account_id: int,
    now: datetime,
    details: Details | None = None,
) -> None:
    """Let an approved version wait for the moment at which it begins to decide; raises as `move`."""
    told = {"activates_at": at.isoformat()} | dict(details or {})
    await move(
        connection,
        policy_id,
        PolicyState.SCHEDULED,
        account_id=account_id,
        now=now,
        activates_at=at,
        details=told,
    )


async def activate(
    connection: AsyncConnection,
    policy_id: int,
    *,
    account_id: int,
    now: datetime,
    details: Details | None = None,
) -> None:
    """Make an approved, scheduled or retired version the one that decides; the former one retires.

    Raises as `move`; what decides already is not activated again.
    """
    current = await lock_active(connection)
    if current == policy_id:
        raise PolicyMoveRefused
    if current is not None:
        await move(connection, current, PolicyState.RETIRED, account_id=account_id, now=now)
    await move(connection, policy_id, PolicyState.ACTIVE, account_id=account_id, now=now, details=details)
    model_version = await connection.scalar(select(PolicyRow.model_version).where(PolicyRow.id == policy_id))
    pair = {"policy_id": policy_id, "model_version": model_version, "activated_at": now}
    statement = upsert(ActivePolicyRow).values(singleton=True, **pair)
    await connection.execute(statement.on_conflict_do_update(index_elements=["singleton"], set_=pair))


async def lock_active(connection: AsyncConnection) -> int | None:
    """Return the version that decides, which stays so until this transaction ends."""
    policy_id: int | None = await connection.scalar(select(ActivePolicyRow.policy_id).with_for_update())
    return policy_id


DUE = text("""
SELECT p.id AS policy_id, scheduled.account_id AS scheduled_by, (
    SELECT e.policy_id FROM policy_events e
    WHERE e.state = 'active' AND e.id < scheduled.id ORDER BY e.id DESC LIMIT 1
) AS active_then
FROM policies p
CROSS JOIN LATERAL (
    SELECT e.id, e.account_id FROM policy_events e
    WHERE e.policy_id = p.id AND e.state = 'scheduled' ORDER BY e.id DESC LIMIT 1
) scheduled
WHERE p.state = 'scheduled' AND p.activates_at <= :now
ORDER BY p.activates_at, p.id LIMIT 1 FOR UPDATE OF p SKIP LOCKED
""")


async def is_due(connection: AsyncConnection, now: datetime) -> bool:
    """Whether a scheduled version's time has come; locks nothing."""
    wanted = select(PolicyRow.id).where(
        PolicyRow.state == PolicyState.SCHEDULED, PolicyRow.activates_at <= now
    )
    return await connection.scalar(wanted.limit(1)) is not None


async def due(connection: AsyncConnection, now: datetime) -> DueActivation | None:
    """Lock and return the scheduled version whose time came first, unless another process has it."""
    row = (await connection.execute(DUE, {"now": now})).mappings().one_or_none()
    return None if row is None else DueActivation(**row)


async def events(
    connection: AsyncConnection, *, limit: int, before_id: int | None = None, policy_id: int | None = None
) -> list[PolicyEvent]:
    """Return what happened, the newest first: of all versions, or of one."""
    wanted = _events().limit(limit)
    if before_id is not None:
        wanted = wanted.where(PolicyEventRow.id < before_id)
    if policy_id is not None:
        wanted = wanted.where(PolicyEventRow.policy_id == policy_id)
    return [PolicyEvent(**row) for row in (await connection.execute(wanted)).mappings()]


def _events() -> Select[Any]:
    return (
        select(PolicyEventRow.__table__, AccountRow.display_name.label("account"))
        .join(AccountRow, AccountRow.id == PolicyEventRow.account_id)
        .order_by(PolicyEventRow.id.desc())
    )


ACTIVATIONS = text("""
SELECT policy_id, coalesce((details ->> 'rollback')::boolean, false) AS is_rollback
FROM policy_events WHERE state = 'active' ORDER BY id
""")


async def previous_active(connection: AsyncConnection) -> int | None:
    """Return the version a rollback would bring back, or None.

    A rollback takes activations back: what it took back is never what the next one brings.
    """
    standing: list[int] = []
    for row in await connection.execute(ACTIVATIONS):
        if row.is_rollback and row.policy_id in standing:
            del standing[standing.index(row.policy_id) + 1 :]
        else:
            # Activated again, a version stands where it is now, not where it stood before.
            standing = [each for each in standing if each != row.policy_id] + [row.policy_id]
    return standing[-2] if len(standing) > 1 else None


async def last_activation(connection: AsyncConnection) -> PolicyEvent | None:
    """Return how the version that decides now came to decide."""
    active_id = await connection.scalar(select(ActivePolicyRow.policy_id))
    return None if active_id is None else await last_event(connection, active_id, PolicyState.ACTIVE)


async def last_event(
    connection: AsyncConnection, policy_id: int, state: PolicyState | None = None
) -> PolicyEvent | None:
    """Return the last move of a version, the last one into a state if asked for."""
    wanted = _events().where(PolicyEventRow.policy_id == policy_id).limit(1)
    if state is not None:
        wanted = wanted.where(PolicyEventRow.state == state)
    row = (await connection.execute(wanted)).mappings().one_or_none()
    return None if row is None else PolicyEvent(**row)
