"""Cases as they stand, with all that a person needs to see of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_kept_from
from app.database.keeping import is_kept_for_another, waits
from app.database.leases import is_held
from app.database.payments.transactions import SCORE_COLUMNS
from app.database.tables.cases import CaseRow
from app.review.case import Case, CaseKind, CaseNotFound, CaseState, Lease, VerdictReason
from app.review.outcome import GroundTruth
from app.scoring.schema.feature import Value
from app.triage.labels import Label, Reason
from app.triage.policies.choices import Fallback

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
    features: Mapping[str, Value]
    attributes: Mapping[str, str]
    respond_by: datetime | None
    fallback: Fallback
    opened_at: datetime
    #: What the machine expects, and by what the queue goes; both in the transaction's currency.
    expected_loss: float
    queue_loss: float
    #: To the base currency; None: no rate was known.
    queue_rate: float | None
    decision_id: int
    label: Label
    reason: Reason
    score: Mapping[str, float | None] | None
    model_version: str
    policy_id: int
    #: What chance drew; None: it drew nothing.
    drawn_blind: bool | None = None
    #: What its holder said before the machine's opinion was shown.
    provisional: GroundTruth | None = None
    #: What was written on it and not judged yet.
    note: str = ""
    note_reason: VerdictReason | None = None
    note_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """How much waits, and since when."""

    open: int
    escalated: int
    held: int
    #: Out of the queue until a moment, and kept for an assignee who is not the reader.
    awaiting_customer: int
    assigned_to_others: int
    awaiting_model: int
    oldest_opened_at: datetime | None


_FILE = f"""
SELECT c.id, c.transaction_id AS transaction_key, c.kind, c.state, c.holder_id, c.lease_token,
    c.lease_expires_at, c.closed_at, c.released_by, c.is_reserved, c.shown_at, c.not_for, c.offered_to,
    c.offered_until, c.assigned_to, c.assigned_until, c.waits_until, b.is_blind AS drawn_blind,
    p.judgement AS provisional, n.note, n.reason AS note_reason,
    n.account_id AS note_by, c.opened_at, c.expected_loss,
    coalesce(c.queue_loss, c.expected_loss) AS queue_loss, c.queue_rate, c.fallback, c.decision_id,
    t.transaction_id, t.occurred_at, t.received_at, t.amount, t.currency,
    t.features || t.derived AS features, t.attributes,
    c.respond_by, clients.name AS client, d.label, d.reason, d.model_version, d.policy_id, d.is_scored,
    {", ".join(f"d.{name}" for name in SCORE_COLUMNS)}
FROM cases c
JOIN transactions t ON t.id = c.transaction_id
JOIN clients ON clients.id = t.client_id
JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, c.decision_id)
LEFT JOIN blind_draws b ON b.case_id = c.id
LEFT JOIN provisional_verdicts p ON p.token = c.lease_token
LEFT JOIN case_drafts n ON n.case_id = c.id
"""
QUEUE_STATE = text(f"""
SELECT count(*) FILTER (WHERE c.state = 'open') AS open,
    count(*) FILTER (WHERE c.state = 'escalated') AS escalated,
    count(*) FILTER (WHERE {is_held("c")}) AS held,
    count(*) FILTER (WHERE {waits("c")}) AS awaiting_customer,
    count(*) FILTER (
        WHERE NOT {waits("c")} AND {is_kept_for_another("c", "CAST(:account_id AS bigint)")}
    ) AS assigned_to_others,
    count(*) FILTER (WHERE c.awaits_model) AS awaiting_model,
    min(c.opened_at) AS oldest_opened_at
FROM cases c
WHERE c.state IN ('open', 'escalated') AND NOT {is_kept_from("c", "CAST(:account_id AS bigint)")}
""")
FILE_BY_ID = text(f"{_FILE} WHERE c.id = :case_id")


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


async def locked_all(connection: AsyncConnection, case_ids: Sequence[int]) -> list[Case]:
    """Return those of these cases that exist, locked in the order of their numbers, as all who lock do."""
    wanted = select(CaseRow.__table__).where(CaseRow.id.in_(case_ids)).order_by(CaseRow.id).with_for_update()
    return [_case(row, row["transaction_id"]) for row in (await connection.execute(wanted)).mappings()]


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
            is_reserved=case.is_reserved,
            shown_at=case.shown_at,
            offered_to=case.offered_to,
            offered_until=case.offered_until,
            assigned_to=case.assigned_to,
            assigned_until=case.assigned_until,
            waits_until=case.waits_until,
        )
    )


async def file(connection: AsyncConnection, case_id: int) -> CaseFile:
    """Return a case with its transaction, score and decision; raises `CaseNotFound`."""
    row = (await connection.execute(FILE_BY_ID, {"case_id": case_id})).mappings().one_or_none()
    if row is None:
        raise CaseNotFound
    return _file(row)


async def queue_state(connection: AsyncConnection, now: datetime, *, account_id: int | None) -> QueueState:
    """Return how much waits, and since when; reviews of what this account judged are no news for it."""
    row = (await connection.execute(QUEUE_STATE, {"now": now, "account_id": account_id})).one()
    return QueueState(
        open=row.open,
        escalated=row.escalated,
        held=row.held,
        awaiting_customer=row.awaiting_customer,
        assigned_to_others=row.assigned_to_others,
        awaiting_model=row.awaiting_model,
        oldest_opened_at=row.oldest_opened_at,
    )


async def awaiting_model(connection: AsyncConnection) -> int:
    """Return how many live cases no model has scored yet; a count of a partial index that is mostly empty."""
    count = await connection.scalar(select(func.count()).where(CaseRow.awaits_model, CaseRow.state.in_(LIVE)))
    return count or 0


async def waiting_since(connection: AsyncConnection, since: datetime, until: datetime) -> int:
    """Return how many payments that a policy sent to people between two moments have no verdict yet.

    One given lately has none before its grace ends; reviews of reviews and gold cases bring no truth.
    """
    count = await connection.scalar(
        select(func.count()).where(
            CaseRow.opened_at >= since,
            CaseRow.opened_at < until,
            CaseRow.state.in_((*LIVE, CaseState.GIVEN)),
            CaseRow.kind.in_((CaseKind.UNKNOWN, CaseKind.AUDIT)),
        )
    )
    return count or 0


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
        decision_id=row["decision_id"],
        released_by=row["released_by"],
        is_reserved=row["is_reserved"],
        shown_at=row["shown_at"],
        not_for=row["not_for"],
        offered_to=row["offered_to"],
        offered_until=row["offered_until"],
        assigned_to=row["assigned_to"],
        assigned_until=row["assigned_until"],
        waits_until=row["waits_until"],
    )


def _file(row: RowMapping) -> CaseFile:
    values: dict[str, Any] = {
        name: row[name]
        for name in (
            "transaction_id", "client", "occurred_at", "received_at", "amount", "currency", "features",
            "attributes", "respond_by", "opened_at", "expected_loss", "queue_loss", "queue_rate",
            "decision_id", "model_version", "policy_id", "drawn_blind", "note_by",
        )
    }  # fmt: skip
    return CaseFile(
        case=_case(row, row["transaction_key"]),
        fallback=Fallback(row["fallback"]),
        label=Label(row["label"]),
        reason=Reason(row["reason"]),
        score={name: row[name] for name in SCORE_COLUMNS} if row["is_scored"] else None,
        provisional=GroundTruth(row["provisional"]) if row["provisional"] is not None else None,
        note=row["note"] or "",
        note_reason=VerdictReason(row["note_reason"]) if row["note_reason"] is not None else None,
        **values,
    )
