"""Transactions by what their clients call them, for lists that people open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

DESCRIBED = text("""
SELECT t.id AS key, t.transaction_id, c.name AS client, t.amount, t.currency, t.occurred_at
FROM transactions t JOIN clients c ON c.id = t.client_id
WHERE t.id = ANY(CAST(:keys AS bigint[]))
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionSummary:
    """A transaction by what its client called it."""

    key: int
    transaction_id: str
    client: str
    amount: Decimal
    currency: str
    occurred_at: datetime


async def by_keys(connection: AsyncConnection, keys: Sequence[int]) -> dict[int, TransactionSummary]:
    """Return these transactions by key."""
    rows = await connection.execute(DESCRIBED, {"keys": list(keys)})
    return {row["key"]: TransactionSummary(**row) for row in rows.mappings()}
