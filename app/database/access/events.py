"""What was done to people's access and to keys; rows are only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.people import AccessEventRow
from app.review.access.administration import AccessAction, AccessEvent, Hand

LISTED = text("""
SELECT e.id, e.happened_at, actor.display_name AS actor, e.action, coalesce(a.name, c.name) AS subject,
    e.reason, e.source, e.details
FROM access_events e
LEFT JOIN accounts actor ON actor.id = e.actor_id
LEFT JOIN accounts a ON a.id = e.account_id
LEFT JOIN clients c ON c.id = e.client_id
WHERE (CAST(:account_id AS bigint) IS NULL OR e.account_id = :account_id)
    AND (CAST(:client_id AS bigint) IS NULL OR e.client_id = :client_id)
    AND (CAST(:before AS bigint) IS NULL OR e.id < :before)
ORDER BY e.id DESC LIMIT :limit
""")
NEWEST = text("""
SELECT coalesce(max(id), 0) FROM access_events
WHERE account_id = CAST(:account_id AS bigint) OR client_id = CAST(:client_id AS bigint)
""")


async def add(
    connection: AsyncConnection,
    by: Hand,
    action: AccessAction,
    *,
    now: datetime,
    reason: str,
    account_id: int | None = None,
    client_id: int | None = None,
    **details: Any,
) -> None:
    """Write what was done to a person or to a key."""
    await connection.execute(
        insert(AccessEventRow).values(
            happened_at=now,
            actor_id=by.account_id,
            action=action,
            account_id=account_id,
            client_id=client_id,
            reason=reason,
            source=by.source,
            details=details,
        )
    )


async def listed(
    connection: AsyncConnection,
    *,
    account_id: int | None = None,
    client_id: int | None = None,
    before: int | None = None,
    limit: int,
) -> list[AccessEvent]:
    """Return what was done to one person, to one key, or to all, the newest first."""
    parameters = {"account_id": account_id, "client_id": client_id, "before": before, "limit": limit}
    rows = await connection.execute(LISTED, parameters)
    return [AccessEvent(**{**row, "action": AccessAction(row["action"])}) for row in rows.mappings()]


async def newest_id(
    connection: AsyncConnection, *, account_id: int | None = None, client_id: int | None = None
) -> int:
    """Return the key of what was done last; 0 where nothing was."""
    found: int = await connection.scalar(NEWEST, {"account_id": account_id, "client_id": client_id}) or 0
    return found
