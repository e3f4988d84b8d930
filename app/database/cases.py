"""The queue: which case is next, who holds it, and what was said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.cases import CaseRow, ClaimRow, VerdictRow
from app.database.tables.people import AccountRow
from app.database.transactions import SCORE_COLUMNS
from app.review.case import Case, CaseKind, CaseNotFound, CaseState, Judgement, Lease
from app.triage.labels import Label, Reason
from app.triage.policy import Fallback

LIVE = (CaseState.OPEN, CaseState.ESCALATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A case with all that a person needs to see of it."""

    case: Case
    transaction_id: str
    client: str
    occurred_at: datetime
    received_at: datetime
    amount: Decimal
    currency: str
    features: Mapping[str, float]
    attributes: Mapping[str, str]
    respond_by: datetime | None
    fallback: Fallback
    opened_at: datetime
    expected_loss: float
    decision_id: int
    label: Label
    reason: Reason
    score: Mapping[str, float | None] | None
    model_version: str
    policy_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """How much waits, and since when."""

    open: int
    escalated: int
    held: int
    awaiting_model: int
    oldest_opened_at: datetime | None


# The subquery walks the queue's index from its head and passes over what colleagues hold or are
# just now taking; it never sorts and never waits.
CLAIM = """
UPDATE cases SET holder_id = :account_id, lease_token = :token, lease_expires_at = :expires_at
WHERE id = (
    SELECT id FROM cases
    WHERE state = '{state}' AND (lease_expires_at IS NULL OR lease_expires_at <= :now){unless}
    ORDER BY priority_key DESC, id
    FOR UPDATE SKIP LOCKED LIMIT 1
)
RETURNING id
"""
# What an account gave back itself comes to it last, but it comes: a queue with cases is never empty.
NOT_MINE_BEFORE = " AND released_by IS DISTINCT FROM :account_id"
CLAIMS = {
    state: (
        text(CLAIM.format(state=state.value, unless=NOT_MINE_BEFORE)),
        text(CLAIM.format(state=state.value, unless="")),
    )
    for state in LIVE
}

_FILE = f"""
SELECT c.id, c.transaction_id AS transaction_key, c.kind, c.state, c.holder_id, c.lease_token,
    c.lease_expires_at, c.closed_at, c.released_by, c.opened_at, c.expected_loss, c.fallback, c.decision_id,
    t.transaction_id, t.occurred_at, t.received_at, t.amount, t.currency, t.features, t.attributes,
    t.respond_by, clients.name AS client, d.label, d.reason, d.model_version, d.policy_id, d.score_id,
    {", ".join(f"s.{name}" for name in SCORE_COLUMNS)}
FROM cases c
JOIN transactions t ON t.id = c.transaction_id
JOIN clients ON clients.id = t.client_id
JOIN decisions d ON d.id = c.decision_id
LEFT JOIN scores s ON s.id = d.score_id
"""
FILE_BY_ID = text(f"{_FILE} WHERE c.id = :case_id")
FILE_HELD_BY = text(f"""
{_FILE} WHERE c.holder_id = :account_id AND c.lease_expires_at > :now ORDER BY c.lease_expires_at DESC LIMIT 1
""")
HEAD_OF_QUEUE = text(f"""
{_FILE} WHERE c.state = 'open' ORDER BY c.priority_key DESC, c.id LIMIT :limit
""")


async def one_claim_at_a_time(connection: AsyncConnection, account_id: int) -> None:
    """Let an account's second tab wait for its first, so that nobody holds two cases by accident."""
    await connection.execute(
        select(AccountRow.id).where(AccountRow.id == account_id).with_for_update(key_share=True)
    )


async def claim_next(
    connection: AsyncConnection,
    *,
    account_id: int,
    token: UUID,
    now: datetime,
    expires_at: datetime,
    escalated: bool,
) -> int | None:
    """Lease the most urgent free case to this account and return its id; None when none is free."""
    parameters = {"account_id": account_id, "token": token, "now": now, "expires_at": expires_at}
    for claim in CLAIMS[CaseState.ESCALATED if escalated else CaseState.OPEN]:
        case_id: int | None = await connection.scalar(claim, parameters)
        if case_id is not None:
            await connection.execute(
                insert(ClaimRow).values(token=token, case_id=case_id, account_id=account_id, claimed_at=now)
            )
            return case_id
    return None


async def locked(connection: AsyncConnection, case_id: int) -> Case:
    """Return a case whose row nobody else changes until this transaction ends; raises `CaseNotFound`."""
    row = (
        (await connection.execute(select(CaseRow.__table__).where(CaseRow.id == case_id).with_for_update()))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise CaseNotFound
    return _case(row, row["transaction_id"])


async def save(connection: AsyncConnection, case: Case) -> None:
    """Write a locked case's state and lease."""
    await connection.execute(
        update(CaseRow)
        .where(CaseRow.id == case.id)
        .values(
            state=case.state,
            closed_at=case.closed_at,
            holder_id=case.lease.holder_id if case.lease else None,
            lease_token=case.lease.token if case.lease else None,
            lease_expires_at=case.lease.expires_at if case.lease else None,
            released_by=case.released_by,
        )
    )


async def file(connection: AsyncConnection, case_id: int) -> CaseFile:
    """Return a case with its transaction, score and decision; raises `CaseNotFound`."""
    row = (await connection.execute(FILE_BY_ID, {"case_id": case_id})).mappings().one_or_none()
    if row is None:
        raise CaseNotFound
    return _file(row)


async def held_by(connection: AsyncConnection, account_id: int, now: datetime) -> CaseFile | None:
    """Return the case this account holds a live lease on, if any."""
    parameters = {"account_id": account_id, "now": now}
    row = (await connection.execute(FILE_HELD_BY, parameters)).mappings().one_or_none()
    return _file(row) if row is not None else None


async def head_of_queue(connection: AsyncConnection, *, limit: int) -> list[CaseFile]:
    """Return the most urgent open cases, held ones included, in queue order."""
    rows = await connection.execute(HEAD_OF_QUEUE, {"limit": limit})
    return [_file(row) for row in rows.mappings()]


async def queue_state(connection: AsyncConnection, now: datetime) -> QueueState:
    """Return how much waits, and since when."""
    row = (
        await connection.execute(
            select(
                func.count().filter(CaseRow.state == CaseState.OPEN).label("open"),
                func.count().filter(CaseRow.state == CaseState.ESCALATED).label("escalated"),
                func.count().filter(CaseRow.lease_expires_at > now).label("held"),
                func.count().filter(CaseRow.awaits_model).label("awaiting_model"),
                func.min(CaseRow.opened_at).label("oldest_opened_at"),
            ).where(CaseRow.state.in_(LIVE))
        )
    ).one()
    return QueueState(
        open=row.open,
        escalated=row.escalated,
        held=row.held,
        awaiting_model=row.awaiting_model,
        oldest_opened_at=row.oldest_opened_at,
    )


async def awaiting_model(connection: AsyncConnection) -> int:
    """Return how many live cases no model has scored yet; a count of a partial index that is mostly empty."""
    count = await connection.scalar(select(func.count()).where(CaseRow.awaits_model, CaseRow.state.in_(LIVE)))
    return count or 0


async def waiting_since(connection: AsyncConnection, since: datetime, until: datetime) -> int:
    """Return how many cases opened between two moments nobody has judged yet."""
    count = await connection.scalar(
        select(func.count()).where(
            CaseRow.opened_at >= since, CaseRow.opened_at < until, CaseRow.state.in_(LIVE)
        )
    )
    return count or 0


async def judged_today_by(connection: AsyncConnection, account_id: int, since: datetime) -> int:
    """Return how many verdicts this account has given since a moment."""
    count = await connection.scalar(
        select(func.count()).where(VerdictRow.account_id == account_id, VerdictRow.judged_at >= since)
    )
    return count or 0


async def judged_by(connection: AsyncConnection, case_id: int, account_id: int) -> Case | None:
    """Return a case on which this account gave the final verdict; None for every other."""
    statement = (
        select(CaseRow.__table__)
        .join(VerdictRow, VerdictRow.case_id == CaseRow.id)
        .where(
            CaseRow.id == case_id,
            VerdictRow.account_id == account_id,
            VerdictRow.judgement != Judgement.ESCALATE,
        )
    )
    row = (await connection.execute(statement)).mappings().one_or_none()
    return _case(row, row["transaction_id"]) if row is not None else None


async def append_verdict(
    connection: AsyncConnection,
    *,
    file: CaseFile,
    token: UUID,
    account_id: int,
    judgement: Judgement,
    note: str | None,
    now: datetime,
) -> None:
    """Write a verdict beside the decision its author saw."""
    claimed_at = await connection.scalar(select(ClaimRow.claimed_at).where(ClaimRow.token == token))
    if claimed_at is None:
        raise CaseNotFound
    await connection.execute(
        insert(VerdictRow).values(
            case_id=file.case.id,
            token=token,
            account_id=account_id,
            judgement=judgement,
            note=note,
            decision_id=file.decision_id,
            policy_id=file.policy_id,
            model_version=file.model_version,
            claimed_at=claimed_at,
            judged_at=now,
            milliseconds_to_decide=max(0, round((now - claimed_at).total_seconds() * 1000)),
        )
    )


async def verdicts_of(connection: AsyncConnection, case_ids: Sequence[int]) -> list[RowMapping]:
    """Return the verdicts on these cases, oldest first."""
    rows = await connection.execute(
        select(VerdictRow.__table__).where(VerdictRow.case_id.in_(case_ids)).order_by(VerdictRow.id)
    )
    return list(rows.mappings())


def _case(row: RowMapping, transaction_key: int) -> Case:
    lease = None
    if row["holder_id"] is not None:
        lease = Lease(
            holder_id=row["holder_id"], token=row["lease_token"], expires_at=row["lease_expires_at"]
        )
    return Case(
        id=row["id"],
        transaction_key=transaction_key,
        kind=CaseKind(row["kind"]),
        state=CaseState(row["state"]),
        lease=lease,
        closed_at=row["closed_at"],
        released_by=row["released_by"],
    )


def _file(row: RowMapping) -> CaseFile:
    values: dict[str, Any] = {
        name: row[name]
        for name in (
            "transaction_id", "client", "occurred_at", "received_at", "amount", "currency", "features",
            "attributes", "respond_by", "opened_at", "expected_loss", "decision_id", "model_version",
            "policy_id",
        )
    }  # fmt: skip
    return CaseFile(
        case=_case(row, row["transaction_key"]),
        fallback=Fallback(row["fallback"]),
        label=Label(row["label"]),
        reason=Reason(row["reason"]),
        score={name: row[name] for name in SCORE_COLUMNS} if row["score_id"] is not None else None,
        **values,
    )
