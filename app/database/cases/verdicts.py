"""Pending verdicts, final verdicts, first verdicts of blind reviews, and drafts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.cases import CaseRow, VerdictRow
from app.database.tables.review import (
    CaseDraftRow,
    PendingVerdictRow,
    ProvisionalVerdictRow,
)
from app.review.case import CaseKind, CaseState, Judgement, VerdictReason
from app.review.outcome import GroundTruth


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingVerdict:
    """A judgement that may still be undone, and under which claim it was given."""

    case_id: int
    token: UUID
    account_id: int
    judgement: Judgement
    reason: VerdictReason | None
    note: str | None
    decision_id: int
    was_escalated: bool
    milliseconds_to_decide: int
    hidden_milliseconds: int
    group_id: int | None
    judged_at: datetime
    settles_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingVerdict:
    """The verdict on a case that counts."""

    id: int
    account_id: int
    judgement: GroundTruth
    note: str | None
    is_correction: bool


# Locks the cases in the order of their numbers: all who lock several do.
DUE = text("""
SELECT c.id FROM cases c JOIN pending_verdicts p ON p.case_id = c.id
WHERE p.settles_at <= :now AND c.id <> ALL(CAST(:but AS bigint[]))
ORDER BY c.id LIMIT :limit FOR UPDATE OF c SKIP LOCKED
""")
APPEND = text("""
WITH gone AS (DELETE FROM pending_verdicts WHERE case_id = :case_id RETURNING *)
INSERT INTO verdicts (
    case_id, token, account_id, judgement, reason, note, decision_id, policy_id, model_version, claimed_at,
    judged_at, milliseconds_to_decide, hidden_milliseconds, group_id
)
SELECT gone.case_id, gone.token, gone.account_id, gone.judgement, gone.reason, gone.note, gone.decision_id,
    d.policy_id, d.model_version, claims.claimed_at, gone.judged_at, gone.milliseconds_to_decide,
    gone.hidden_milliseconds, gone.group_id
FROM gone JOIN claims ON claims.token = gone.token JOIN cases c ON c.id = gone.case_id
JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, gone.decision_id)
RETURNING id
""")
CORRECT = text("""
INSERT INTO verdicts (
    case_id, account_id, judgement, note, decision_id, policy_id, model_version, claimed_at, judged_at,
    milliseconds_to_decide, corrects_id
)
SELECT v.case_id, :account_id, :judgement, :note, v.decision_id, v.policy_id, v.model_version, :now, :now, 0,
    v.id
FROM verdicts v
WHERE v.id = :corrects_id
RETURNING id
""")
STANDING = text("""
SELECT v.id, v.account_id, v.judgement, v.note, v.corrects_id IS NOT NULL AS is_correction FROM verdicts v
WHERE v.case_id = :case_id AND v.judgement <> 'escalate'
    AND NOT EXISTS (SELECT 1 FROM verdicts newer WHERE newer.corrects_id = v.id)
""")
NEWEST_GIVEN = text("""
SELECT case_id FROM pending_verdicts
WHERE account_id = :account_id AND settles_at > :now AND group_id IS NULL
ORDER BY judged_at DESC, case_id DESC LIMIT 1
""")
SAID = text("""
SELECT judgement FROM (
    SELECT judgement, judged_at FROM pending_verdicts WHERE case_id = :case_id AND account_id = :account_id
    UNION ALL
    SELECT judgement, judged_at FROM verdicts
    WHERE case_id = :case_id AND account_id = :account_id AND corrects_id IS NULL
) AS said ORDER BY judged_at DESC LIMIT 1
""")


async def give(connection: AsyncConnection, given: PendingVerdict) -> None:
    """Write a judgement whose grace begins."""
    names = PendingVerdictRow.__table__.columns.keys()
    await connection.execute(insert(PendingVerdictRow).values({name: getattr(given, name) for name in names}))


async def lock_due(
    connection: AsyncConnection, now: datetime, *, but: Sequence[int], limit: int
) -> list[int]:
    """Lock and return cases whose judgement can be undone no longer, `but` and another process's left out."""
    parameters = {"now": now, "but": list(but), "limit": limit}
    return list((await connection.execute(DUE, parameters)).scalars())


async def given_on(connection: AsyncConnection, case_id: int) -> PendingVerdict | None:
    """Return the judgement on a case that may still be undone."""
    wanted = select(PendingVerdictRow.__table__).where(PendingVerdictRow.case_id == case_id)
    row = (await connection.execute(wanted)).mappings().one_or_none()
    return None if row is None else PendingVerdict(**row)


async def newest_given(connection: AsyncConnection, account_id: int, now: datetime) -> PendingVerdict | None:
    """Return this account's newest judgement that may still be undone by itself: groups are undone as one."""
    case_id = await connection.scalar(NEWEST_GIVEN, {"account_id": account_id, "now": now})
    return None if case_id is None else await given_on(connection, case_id)


async def said_by(connection: AsyncConnection, case_id: int, account_id: int) -> Judgement | None:
    """Return this account's last verdict on a case, without corrections; None where none counts."""
    said = await connection.scalar(SAID, {"case_id": case_id, "account_id": account_id})
    return None if said is None else Judgement(said)


async def undo(connection: AsyncConnection, case_id: int) -> None:
    """Take a judgement away that was never a verdict."""
    await connection.execute(delete(PendingVerdictRow).where(PendingVerdictRow.case_id == case_id))


async def append(connection: AsyncConnection, case_id: int) -> int:
    """Make the judgement on a case a verdict, for ever, and return its id."""
    verdict_id: int = (await connection.execute(APPEND, {"case_id": case_id})).scalar_one()
    return verdict_id


async def standing(connection: AsyncConnection, case_id: int) -> StandingVerdict | None:
    """Return the verdict on a case that counts."""
    row = (await connection.execute(STANDING, {"case_id": case_id})).mappings().one_or_none()
    return None if row is None else StandingVerdict(**{**row, "judgement": GroundTruth(row["judgement"])})


async def correct(
    connection: AsyncConnection,
    corrects_id: int,
    *,
    account_id: int,
    judgement: GroundTruth,
    note: str,
    now: datetime,
) -> int:
    """Append a verdict that takes the place of this one, and return its id."""
    parameters = {
        "corrects_id": corrects_id, "account_id": account_id, "judgement": judgement.value, "note": note,
        "now": now,
    }  # fmt: skip
    verdict_id: int = (await connection.execute(CORRECT, parameters)).scalar_one()
    return verdict_id


async def judged_since(connection: AsyncConnection, account_id: int, since: datetime) -> int:
    """Return how many cases this account has judged since a moment, those still in their grace included."""
    counts = [
        select(func.count()).where(row.account_id == account_id, row.judged_at >= since).scalar_subquery()
        for row in (VerdictRow, PendingVerdictRow)
    ]
    count: int | None = await connection.scalar(select(counts[0] + counts[1]))
    return count or 0


async def was_audit(connection: AsyncConnection, case_id: int, account_id: int) -> bool:
    """Whether a case was a random audit, asked by who judged it."""
    judged = [
        select(row.case_id).where(
            row.case_id == case_id, row.account_id == account_id, row.judgement != Judgement.ESCALATE
        )
        for row in (VerdictRow, PendingVerdictRow)
    ]
    wanted = select(CaseRow.id).where(
        CaseRow.id == case_id,
        CaseRow.kind == CaseKind.AUDIT,
        CaseRow.state.in_((CaseState.GIVEN, CaseState.JUDGED)),
        judged[0].exists() | judged[1].exists(),
    )
    return await connection.scalar(wanted) is not None


async def say_provisionally(
    connection: AsyncConnection,
    case_id: int,
    *,
    token: UUID,
    account_id: int,
    judgement: GroundTruth,
    milliseconds_to_decide: int,
    now: datetime,
) -> None:
    """Store the first verdict of a blind review; an earlier one stays."""
    values = {
        "token": token, "case_id": case_id, "account_id": account_id, "judgement": judgement,
        "given_at": now, "milliseconds_to_decide": milliseconds_to_decide,
    }  # fmt: skip
    await connection.execute(upsert(ProvisionalVerdictRow).values(values).on_conflict_do_nothing())


KEEP_FIRST = text("""
INSERT INTO provisional_verdicts (token, case_id, account_id, judgement, given_at, milliseconds_to_decide)
SELECT :again, case_id, account_id, judgement, given_at, milliseconds_to_decide
FROM provisional_verdicts WHERE token = :token
""")


async def keep_first(connection: AsyncConnection, token: UUID, *, again: UUID) -> None:
    """Keep a first verdict when the same person claims its case again: the score was shown already."""
    await connection.execute(KEEP_FIRST, {"token": token, "again": again})


async def save_draft(
    connection: AsyncConnection,
    case_id: int,
    *,
    account_id: int,
    note: str,
    reason: VerdictReason | None,
    now: datetime,
) -> None:
    """Keep what is written on a case so far, for whoever judges it."""
    values = {"account_id": account_id, "note": note, "reason": reason, "saved_at": now}
    statement = upsert(CaseDraftRow).values(case_id=case_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["case_id"], set_=values))


async def drop_drafts(connection: AsyncConnection, case_ids: Sequence[int]) -> None:
    """Forget what was written: it is part of the verdicts now."""
    await connection.execute(delete(CaseDraftRow).where(CaseDraftRow.case_id.in_(case_ids)))
