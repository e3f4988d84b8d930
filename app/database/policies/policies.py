"""Policies and models: the stored versions, the active pair, and who activated it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.server.locks import AdvisoryLock, wait_for
from app.database.tables.people import AccountRow
from app.database.tables.policies import ActivePolicyRow, ModelRow, PolicyEventRow, PolicyRow
from app.triage.certificate import Certificate
from app.triage.guard_rails import AnsweredWarning, Guard
from app.triage.policies.document import document_of, policy_of
from app.triage.policies.policy import Policy
from app.triage.policies.state import PolicyState

# Columns that hold a part of the policy as `document_of` writes it.
DOCUMENTS = ("bands", "costs", "staffing")
# Columns that hold one of a few words.
CHOSEN = ("deadline_fallback", "wrong_feed", "lists", "allow_above_decline")

DECIDING_IDS = text("""
SELECT (SELECT policy_id FROM active_policy) AS active_id,
    (SELECT array_agg(id ORDER BY id) FROM policies WHERE state = 'shadow') AS shadow_ids
""")


class PolicyNotFound(Exception):
    """There is no such policy version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """A policy with its place in history."""

    id: int
    policy: Policy
    state: PolicyState
    parent_id: int | None
    certificate: Certificate | None
    #: What spoke against it when it was drafted, each with the author's answer.
    warnings: tuple[AnsweredWarning, ...]
    reason: str
    author_id: int
    author: str
    created_at: datetime
    approver_id: int | None
    approved_by: str | None
    approved_at: datetime | None
    #: When a scheduled version begins to decide.
    activates_at: datetime | None


async def lock_bootstrap(connection: AsyncConnection) -> None:
    """Let one process at a time register models and the first policy, until its transaction ends."""
    await wait_for(connection, AdvisoryLock.BOOTSTRAP)


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


async def deciding_ids(connection: AsyncConnection) -> tuple[int | None, tuple[int, ...]]:
    """Return the ids of the policy that decides now and of those in shadow, in one round trip."""
    row = (await connection.execute(DECIDING_IDS)).one()
    return row.active_id, tuple(row.shadow_ids or ())


@cache
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


async def by_id(connection: AsyncConnection, policy_id: int, *, for_update: bool = False) -> PolicyVersion:
    """Return one version, its row locked until the transaction ends if asked for; raises `PolicyNotFound`."""
    wanted = _versions().where(PolicyRow.id == policy_id)
    if for_update:
        # Not against its key: decisions that refer to it must not wait for a move.
        wanted = wanted.with_for_update(of=PolicyRow.__table__, key_share=True)
    row = (await connection.execute(wanted)).mappings().one_or_none()
    if row is None:
        raise PolicyNotFound
    return _version(row)


async def newest(
    connection: AsyncConnection, *, limit: int, before_id: int | None = None
) -> list[PolicyVersion]:
    """Return the newest versions first, those before a given one if asked for."""
    wanted = _versions().order_by(PolicyRow.id.desc()).limit(limit)
    if before_id is not None:
        wanted = wanted.where(PolicyRow.id < before_id)
    return [_version(row) for row in (await connection.execute(wanted)).mappings()]


async def shadows(connection: AsyncConnection) -> list[PolicyVersion]:
    """Return the versions in shadow, oldest first."""
    wanted = _versions().where(PolicyRow.state == PolicyState.SHADOW).order_by(PolicyRow.id)
    return [_version(row) for row in (await connection.execute(wanted)).mappings()]


async def draft(
    connection: AsyncConnection,
    policy: Policy,
    *,
    author_id: int,
    reason: str,
    parent_id: int | None,
    certificate: Certificate | None,
    warnings: Sequence[AnsweredWarning] = (),
    now: datetime,
) -> int:
    """Write a new version in state draft and return its id."""
    values = _columns_of(policy) | {
        "state": PolicyState.DRAFT,
        "parent_id": parent_id,
        "certificate": None if certificate is None else asdict(certificate),
        "warnings": [asdict(warning) for warning in warnings],
        "reason": reason,
        "author_id": author_id,
        "created_at": now,
    }
    result = await connection.execute(insert(PolicyRow).values(values).returning(PolicyRow.id))
    policy_id: int = result.scalar_one()
    await record(connection, policy_id, PolicyState.DRAFT, account_id=author_id, now=now)
    return policy_id


async def record(
    connection: AsyncConnection,
    policy_id: int,
    state: PolicyState,
    *,
    account_id: int,
    now: datetime,
    details: Mapping[str, object] | None = None,
) -> None:
    """Append an event to a version's life."""
    await connection.execute(
        insert(PolicyEventRow).values(
            policy_id=policy_id, state=state, account_id=account_id, happened_at=now, details=details
        )
    )


def _columns_of(policy: Policy) -> dict[str, Any]:
    """Return the policy as the table's columns hold it: numbers as they are, the rest as documents."""
    document = document_of(policy)
    numbers = {field.name: getattr(policy, field.name) for field in fields(Policy)}
    return numbers | {name: document[name] for name in DOCUMENTS}


def _version(row: Any) -> PolicyVersion:
    document = {field.name: row[field.name] for field in fields(Policy)}
    certificate = row["certificate"]
    return PolicyVersion(
        id=row["id"],
        policy=policy_of(document | {name: row[name].value for name in CHOSEN}),
        state=row["state"],
        parent_id=row["parent_id"],
        certificate=None if certificate is None else Certificate(**certificate),
        warnings=tuple(
            AnsweredWarning(guard=Guard(each["guard"]), sentence=each["sentence"], answer=each["answer"])
            for each in row["warnings"]
        ),
        reason=row["reason"],
        author_id=row["author_id"],
        author=row["author"],
        created_at=row["created_at"],
        approver_id=row["approved_by"],
        approved_by=row["approver"],
        approved_at=row["approved_at"],
        activates_at=row["activates_at"],
    )
