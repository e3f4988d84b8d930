"""Policies and models: what may decide, what decides now, and who said so."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.people import AccountRow
from app.database.tables.policies import ActivePolicyRow, ModelRow, PolicyEventRow, PolicyRow
from app.triage.policy import Policy
from app.triage.policy_state import NEXT_STATES, PolicyState

# Any number no other lock uses: whoever starts first registers models and the first policy.
BOOTSTRAP_LOCK = 7_239_001


class PolicyNotFound(Exception):
    """There is no such policy version."""


class PolicyMoveRefused(Exception):
    """A policy cannot go from the state it is in to the one asked for."""


class OwnPolicyApproved(Exception):
    """A policy needs the approval of a second person, not of its author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """A policy with its place in history."""

    id: int
    policy: Policy
    state: PolicyState
    parent_id: int | None
    certificate: dict[str, object] | None
    simulation: dict[str, object] | None
    reason: str
    author_id: int
    author: str
    created_at: datetime
    approved_by: str | None
    approved_at: datetime | None


async def lock_bootstrap(connection: AsyncConnection) -> None:
    """Let one process at a time register models and the first policy, until its transaction ends."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": BOOTSTRAP_LOCK})


async def registered_sha256(connection: AsyncConnection, version: str) -> str | None:
    """Return the hash under which a model version is known here, or None."""
    return await connection.scalar(select(ModelRow.sha256).where(ModelRow.version == version))


async def register_model(
    connection: AsyncConnection, *, version: str, sha256: str, card: dict[str, Any], now: datetime
) -> None:
    """Make a model version known."""
    await connection.execute(
        insert(ModelRow).values(version=version, sha256=sha256, card=card, registered_at=now)
    )


async def active_pair(connection: AsyncConnection) -> PolicyVersion | None:
    """Return the policy that decides now, or None before the first start."""
    policy_id = await connection.scalar(select(ActivePolicyRow.policy_id))
    return await by_id(connection, policy_id) if policy_id is not None else None


async def active_id(connection: AsyncConnection) -> int | None:
    """Return the id of the policy that decides now."""
    return await connection.scalar(select(ActivePolicyRow.policy_id))


def _versions() -> Any:
    author = AccountRow.__table__.alias("author")
    approver = AccountRow.__table__.alias("approver")
    return (
        select(
            PolicyRow.__table__,
            author.c.display_name.label("author"),
            approver.c.display_name.label("approver"),
        )
        .join(author, author.c.id == PolicyRow.author_id)
        .outerjoin(approver, approver.c.id == PolicyRow.approved_by)
    )


async def by_id(connection: AsyncConnection, policy_id: int) -> PolicyVersion:
    """Return one version; raises `PolicyNotFound`."""
    row = (await connection.execute(_versions().where(PolicyRow.id == policy_id))).mappings().one_or_none()
    if row is None:
        raise PolicyNotFound
    return _version(row)


async def newest(connection: AsyncConnection, *, limit: int) -> list[PolicyVersion]:
    """Return the newest versions first."""
    rows = await connection.execute(_versions().order_by(PolicyRow.id.desc()).limit(limit))
    return [_version(row) for row in rows.mappings()]


async def draft(
    connection: AsyncConnection,
    policy: Policy,
    *,
    author_id: int,
    reason: str,
    parent_id: int | None,
    certificate: dict[str, object] | None,
    simulation: dict[str, object] | None,
    now: datetime,
) -> int:
    """Write a new version in state draft and return its id."""
    values = asdict(policy) | {
        "state": PolicyState.DRAFT,
        "parent_id": parent_id,
        "certificate": certificate,
        "simulation": simulation,
        "reason": reason,
        "author_id": author_id,
        "created_at": now,
    }
    result = await connection.execute(insert(PolicyRow).values(values).returning(PolicyRow.id))
    policy_id: int = result.scalar_one()
    await _record(connection, policy_id, PolicyState.DRAFT, author_id, now)
    return policy_id


async def move(
    connection: AsyncConnection, policy_id: int, to: PolicyState, *, account_id: int, now: datetime
) -> None:
    """Bring a version into the next state; approval keeps who gave it.

    Raises `PolicyNotFound`, `PolicyMoveRefused`, and `OwnPolicyApproved`; locks the version's row.
    """
    row = (
        await connection.execute(
            select(PolicyRow.state, PolicyRow.author_id).where(PolicyRow.id == policy_id).with_for_update()
        )
    ).one_or_none()
    if row is None:
        raise PolicyNotFound
    if to not in NEXT_STATES[row.state]:
        raise PolicyMoveRefused
    values: dict[str, Any] = {"state": to}
    if to is PolicyState.APPROVED:
        if row.author_id == account_id:
            raise OwnPolicyApproved
        values |= {"approved_by": account_id, "approved_at": now}
    await connection.execute(update(PolicyRow).where(PolicyRow.id == policy_id).values(values))
    await _record(connection, policy_id, to, account_id, now)


async def activate(connection: AsyncConnection, policy_id: int, *, account_id: int, now: datetime) -> None:
    """Make an approved (or retired) version the one that decides; the former one retires.

    Raises as `move`; what decides already is not activated again.
    """
    current = await connection.scalar(select(ActivePolicyRow.policy_id).with_for_update())
    if current == policy_id:
        raise PolicyMoveRefused
    if current is not None:
        await move(connection, current, PolicyState.RETIRED, account_id=account_id, now=now)
    await move(connection, policy_id, PolicyState.ACTIVE, account_id=account_id, now=now)
    model_version = await connection.scalar(select(PolicyRow.model_version).where(PolicyRow.id == policy_id))
    pair = {"policy_id": policy_id, "model_version": model_version, "activated_at": now}
    statement = upsert(ActivePolicyRow).values(singleton=True, **pair)
    await connection.execute(statement.on_conflict_do_update(index_elements=["singleton"], set_=pair))


async def _record(
    connection: AsyncConnection, policy_id: int, state: PolicyState, account_id: int, now: datetime
) -> None:
    await connection.execute(
        insert(PolicyEventRow).values(
            policy_id=policy_id, state=state, account_id=account_id, happened_at=now
        )
    )


def _version(row: Any) -> PolicyVersion:
    values = {field.name: row[field.name] for field in fields(Policy)}
    values["chargeback_fee"] = float(values["chargeback_fee"])
    return PolicyVersion(
        id=row["id"],
        policy=Policy(**values),
        state=row["state"],
        parent_id=row["parent_id"],
        certificate=row["certificate"],
        simulation=row["simulation"],
        reason=row["reason"],
        author_id=row["author_id"],
        author=row["author"],
        created_at=row["created_at"],
        approved_by=row["approver"],
        approved_at=row["approved_at"],
    )
