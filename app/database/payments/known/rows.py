"""Stored payments as they were sent, with what they read of history: a part at a time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import asyncpg

#: Payments that are fetched at once.
CHUNK_ROWS = 5_000

ROWS = """
SELECT t.id, extract(epoch FROM t.occurred_at)::double precision AS seconds,
    t.amount::double precision AS amount, t.currency,
    t.features::text AS features_json, t.derived::text AS derived_json, t.attributes::text AS attributes_json
FROM transactions t WHERE t.id = ANY($1::bigint[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPayment:
    """A payment; its values still as JSON."""

    id: int
    #: When it occurred, since 1970.
    seconds: float
    amount: float
    currency: str
    features_json: str
    derived_json: str
    attributes_json: str


async def stored_payments(connection: asyncpg.Connection, ids: Sequence[int]) -> AsyncIterator[StoredPayment]:
    """Give these payments, in their order; those of months that were detached are left out."""
    for begin in range(0, len(ids), CHUNK_ROWS):
        part = list(ids[begin : begin + CHUNK_ROWS])
        found = {row["id"]: row for row in await connection.fetch(ROWS, part)}
        for each in part:
            if each in found:
                yield StoredPayment(**found[each])
