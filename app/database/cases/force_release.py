"""Releasing a case that somebody else holds, by a supervisor."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_kept_from
from app.database.payments.truth import READER
from app.review.case import CaseNotFound

LOCKED = text(f"""
SELECT c.holder_id, a.display_name AS holder, c.lease_token AS token, c.lease_expires_at AS expires_at,
    c.is_reserved
FROM cases c LEFT JOIN accounts a ON a.id = c.holder_id
WHERE c.id = :case_id AND NOT {is_kept_from("c", READER)} FOR UPDATE OF c
""")
# Whoever had it is offered every other free case first: their open review page would take it again at once.
FREE = text("""
UPDATE cases SET holder_id = NULL, lease_token = NULL, lease_expires_at = NULL, is_reserved = false,
    shown_at = NULL, released_by = holder_id
WHERE id = :case_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedClaim:
    """Who holds a case, while nobody else can change that; all None where nobody does."""

    holder_id: int | None
    holder: str | None
    token: UUID | None
    expires_at: datetime | None
    is_reserved: bool


async def locked_hold(
    connection: AsyncConnection, case_id: int, *, reader_id: int | None = None
) -> LockedClaim:
    """Return who holds a case, its row locked until this transaction ends.

    Raises `CaseNotFound`, also for a case the reader may not hear of: it looks at a verdict of theirs.
    """
    found = await connection.execute(LOCKED, {"case_id": case_id, "reader": reader_id})
    row = found.mappings().one_or_none()
    if row is None:
        raise CaseNotFound
    return LockedClaim(**row)


async def free(connection: AsyncConnection, case_id: int) -> None:
    """Free a locked case of whoever holds it."""
    await connection.execute(FREE, {"case_id": case_id})
