"""What somebody judges blind just now, or looks at again after a colleague."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_hidden
from app.database.leases import is_held

HELD_BLIND = text(f"""
SELECT p.attributes, {is_hidden("c", "d")} AS is_blind FROM cases c
JOIN decisions d ON d.transaction_id = c.transaction_id AND d.id = c.decision_id
JOIN payments p ON p.id = c.transaction_id
WHERE c.holder_id = :account_id AND {is_held("c")}
    AND ({is_hidden("c", "d")} OR (c.kind IN ('gold', 'second', 'ruling') AND NOT c.is_reserved))
""")


async def attributes_held_blind(
    connection: AsyncConnection, account_id: int, now: datetime
) -> list[tuple[Mapping[str, str], bool]]:
    """Return the attributes of payments whose cases this account holds, the score hidden from it (True).

    And those of what it looks at again, where there is no score to hide (False).
    """
    rows = await connection.execute(HELD_BLIND, {"account_id": account_id, "now": now})
    return [(row.attributes, row.is_blind) for row in rows]
