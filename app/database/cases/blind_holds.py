"""What somebody judges blind just now."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_hidden
from app.database.leases import is_held

HELD_BLIND = text(f"""
SELECT p.attributes FROM cases c
JOIN decisions d ON d.transaction_id = c.transaction_id AND d.id = c.decision_id
JOIN payments p ON p.id = c.transaction_id
WHERE c.holder_id = :account_id AND {is_held("c")} AND {is_hidden("c", "d")}
""")


async def attributes_held_blind(
    connection: AsyncConnection, account_id: int, now: datetime
) -> list[Mapping[str, str]]:
    """Return the attributes of payments whose cases this account holds, the score hidden from it."""
    rows = await connection.execute(HELD_BLIND, {"account_id": account_id, "now": now})
    return list(rows.scalars())
