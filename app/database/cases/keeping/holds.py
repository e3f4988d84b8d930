"""What keeps each of several cases: for lists that say which of them their reader may take."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.case import CaseState
from app.review.keeping.hold import Hold

HOLDS = text("""
SELECT id, state, lease_expires_at, is_reserved, offered_to, offered_until, assigned_to, assigned_until,
    waits_until
FROM cases WHERE id = ANY(CAST(:case_ids AS bigint[]))
""")


async def holds(connection: AsyncConnection, case_ids: Sequence[int]) -> dict[int, tuple[CaseState, Hold]]:
    """Return how each of these cases stands and what keeps it, by case."""
    rows = await connection.execute(HOLDS, {"case_ids": list(case_ids)})
    return {row["id"]: (CaseState(row["state"]), _hold(row)) for row in rows.mappings()}


def _hold(row: RowMapping) -> Hold:
    return Hold(**{name: each for name, each in row.items() if name not in {"id", "state"}})
