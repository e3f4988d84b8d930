"""Waits for the customer as they are kept: until when each was to last, and whether it ended before."""

from datetime import datetime

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.keeping import CaseWaitRow
from app.review.keeping.waiting import WaitEnd

BROUGHT_BACK = text("""
SELECT how = 'brought_back' AND ended_by = :account_id FROM case_waits
WHERE case_id = :case_id ORDER BY began_at DESC LIMIT 1
""")
# Clocks of replicas may differ by a little.
END = text("""
UPDATE case_waits SET ended_at = greatest(began_at, :now), how = :how, ended_by = :by
WHERE case_id = :case_id AND ended_at IS NULL AND until > :now
""")


async def add(
    connection: AsyncConnection, case_id: int, *, account_id: int, reason: str, now: datetime, until: datetime
) -> None:
    """Write that a locked case waits from now until a moment."""
    await connection.execute(
        insert(CaseWaitRow).values(
            case_id=case_id, account_id=account_id, reason=reason, began_at=now, until=until
        )
    )


async def end(
    connection: AsyncConnection, case_id: int, how: WaitEnd, *, now: datetime, by: int | None = None
) -> None:
    """Write that the wait of a locked case ended before its moment; one that reached it stays as it is."""
    await connection.execute(END, {"case_id": case_id, "how": how.value, "now": now, "by": by})


async def brought_back(connection: AsyncConnection, case_id: int, account_id: int) -> bool:
    """Whether it was this account who ended a case's newest wait before its moment."""
    return bool(await connection.scalar(BROUGHT_BACK, {"case_id": case_id, "account_id": account_id}))
