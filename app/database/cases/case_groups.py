"""Groups of cases that were decided together, and their undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.cases import claims
from app.database.cases.verdicts import PendingVerdict
from app.database.tables.cases import ClaimRow, VerdictRow
from app.database.tables.review import CaseGroupRow, PendingVerdictRow
from app.review.case import Case, ClaimEnd, GroupBasis, Judgement
from app.review.groups.grouping import GroupKey


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedGroup:
    """A group as its author judged it."""

    group_id: int
    key: GroupKey
    judgement: Judgement
    #: How many cases were judged with it, and how many of them are verdicts already.
    cases: int
    settled: int
    #: When the rest can be undone no longer; None when all are verdicts.
    settles_at: datetime | None


GIVE = text("""
UPDATE cases SET state = 'given', holder_id = NULL, lease_token = NULL, lease_expires_at = NULL,
    is_reserved = false, shown_at = NULL, offered_to = NULL, offered_until = NULL, waits_until = NULL
WHERE id = ANY(CAST(:case_ids AS bigint[]))
""")
RETURN = text("UPDATE cases SET state = 'open' WHERE id = ANY(CAST(:case_ids AS bigint[]))")
# Of the group's author, and of who confirmed it.
_THEIRS = or_(
    CaseGroupRow.account_id == bindparam("account"), CaseGroupRow.confirmed_by == bindparam("account")
)
PENDING = (
    select(PendingVerdictRow.__table__)
    .join(CaseGroupRow, CaseGroupRow.id == PendingVerdictRow.group_id)
    .where(PendingVerdictRow.group_id == bindparam("group_id"), _THEIRS)
)


async def open_group(
    connection: AsyncConnection,
    key: GroupKey,
    *,
    account_id: int,
    judgement: Judgement,
    now: datetime,
    confirmed_by: int | None = None,
) -> int:
    """Write that somebody judges cases as one, and who confirmed it; return the group's number."""
    statement = insert(CaseGroupRow).values(
        account_id=account_id,
        basis=key.basis,
        value=key.value,
        judgement=judgement,
        created_at=now,
        confirmed_by=confirmed_by,
    )
    return (await connection.execute(statement.returning(CaseGroupRow.id))).scalar_one()


async def give(connection: AsyncConnection, cases: Sequence[Case], given: Sequence[PendingVerdict]) -> None:
    """Claim and judge locked cases in one go, each under a token of its own; holds that ran out end."""
    now = given[0].judged_at
    claimed = [
        {
            "token": each.token, "case_id": each.case_id, "account_id": each.account_id,
            "decision_id": each.decision_id, "claimed_at": now,
        }
        for each in given
    ]  # fmt: skip
    await claims.end_all(
        connection,
        {
            case.lease.token: ClaimEnd.UNOPENED if case.is_reserved else ClaimEnd.EXPIRED
            for case in cases
            if case.lease is not None
        },
        now=now,
    )
    await connection.execute(insert(ClaimRow), claimed)
    names = PendingVerdictRow.__table__.columns.keys()
    await connection.execute(
        insert(PendingVerdictRow), [{name: getattr(each, name) for name in names} for each in given]
    )
    await connection.execute(GIVE, {"case_ids": [case.id for case in cases]})


async def given_in(connection: AsyncConnection, group_id: int, account_id: int) -> list[PendingVerdict]:
    """Return the judgements of a group somebody judged or confirmed that are not verdicts yet, by case."""
    rows = await connection.execute(PENDING, {"group_id": group_id, "account": account_id})
    return sorted((PendingVerdict(**row) for row in rows.mappings()), key=lambda given: given.case_id)


async def undo(
    connection: AsyncConnection, given: Sequence[PendingVerdict], *, account_id: int, now: datetime
) -> None:
    """Take the judgements on locked cases away: the cases are free in the queue again."""
    case_ids = [each.case_id for each in given]
    await connection.execute(delete(PendingVerdictRow).where(PendingVerdictRow.case_id.in_(case_ids)))
    await claims.end_all(connection, {each.token: ClaimEnd.UNDONE for each in given}, now=now, by=account_id)
    await connection.execute(RETURN, {"case_ids": case_ids})


async def judged_group(connection: AsyncConnection, group_id: int, account_id: int) -> JudgedGroup | None:
    """Return a group as this account judged or confirmed it; None where it did no such thing."""
    wanted = select(CaseGroupRow).where(CaseGroupRow.id == group_id, _THEIRS)
    group = (await connection.execute(wanted, {"account": account_id})).one_or_none()
    if group is None:
        return None
    pending = select(func.count(), func.max(PendingVerdictRow.settles_at)).where(
        PendingVerdictRow.group_id == group_id
    )
    # All were judged at the moment the group was: an index leads there.
    settled = select(func.count()).where(
        VerdictRow.account_id == group.account_id,
        VerdictRow.judged_at == group.created_at,
        VerdictRow.group_id == group_id,
    )
    waiting, settles_at = (await connection.execute(pending)).one()
    verdicts = (await connection.execute(settled)).scalar_one()
    return JudgedGroup(
        group_id=group.id,
        key=GroupKey(basis=GroupBasis(group.basis), value=group.value),
        judgement=group.judgement,
        cases=waiting + verdicts,
        settled=verdicts,
        settles_at=settles_at,
    )
