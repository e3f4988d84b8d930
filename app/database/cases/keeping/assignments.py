"""Assignments of cases as they are kept: the one that runs, and how each ended."""

from datetime import datetime

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.keeping import CaseAssignmentRow
from app.review.case import CONFLICT_OF_INTEREST
from app.review.keeping.assignment import Assignment, AssignmentEnd

RUNNING = text("""
SELECT s.id, s.case_id, s.assignee_id, assignee.display_name AS assignee, s.by_id,
    assigner.display_name AS by, s.reason, s.assigned_at
FROM case_assignments s
JOIN accounts assignee ON assignee.id = s.assignee_id
JOIN accounts assigner ON assigner.id = s.by_id
WHERE s.case_id = :case_id AND s.ended_at IS NULL
""")
# Clocks of replicas may differ by a little.
END = text("""
UPDATE case_assignments SET ended_at = greatest(assigned_at, :now), how = :how, ended_by = :by,
    end_reason = :reason
WHERE case_id = :case_id AND ended_at IS NULL
""")
GAVE_BACK = text("""
SELECT how = 'given_back' AND ended_by = :account_id FROM case_assignments
WHERE case_id = :case_id ORDER BY id DESC LIMIT 1
""")
# They said once that they must not decide it.
DECLINED = text(f"""
SELECT EXISTS (
    SELECT 1 FROM claims JOIN claim_ends USING (token)
    WHERE claims.case_id = :case_id AND claims.account_id = :account_id
        AND how = 'skipped' AND reason = '{CONFLICT_OF_INTEREST}'
)
""")


async def running(connection: AsyncConnection, case_id: int) -> Assignment | None:
    """Return whose a case is, by whom and why; None: nobody's."""
    row = (await connection.execute(RUNNING, {"case_id": case_id})).mappings().one_or_none()
    return None if row is None else Assignment(**row)


async def add(
    connection: AsyncConnection, case_id: int, *, assignee_id: int, by_id: int, reason: str, now: datetime
) -> None:
    """Write that a locked case is somebody's; the database holds that one assignment runs at a time."""
    await connection.execute(
        insert(CaseAssignmentRow).values(
            case_id=case_id, assignee_id=assignee_id, by_id=by_id, reason=reason, assigned_at=now
        )
    )


async def end(
    connection: AsyncConnection,
    case_id: int,
    how: AssignmentEnd,
    *,
    now: datetime,
    by: int | None = None,
    reason: str | None = None,
) -> None:
    """Write how the assignment of a locked case ended, where one runs."""
    parameters = {"case_id": case_id, "how": how.value, "now": now, "by": by, "reason": reason}
    await connection.execute(END, parameters)


async def gave_back(connection: AsyncConnection, case_id: int, account_id: int) -> bool:
    """Whether somebody gave a case back, and nobody has it assigned since."""
    return bool(await connection.scalar(GAVE_BACK, {"case_id": case_id, "account_id": account_id}))


async def has_declined(connection: AsyncConnection, case_id: int, account_id: int) -> bool:
    """Whether somebody skipped a case because they must not decide it."""
    return bool(await connection.scalar(DECLINED, {"case_id": case_id, "account_id": account_id}))
