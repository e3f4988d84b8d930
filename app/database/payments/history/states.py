"""Locking the states of keys, in one order, until the commit of what they are read for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log2
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.scoring.history.state import HALF_LIVES, LEAST_COUNT

#: A key that is new has a row of its own first, so that two commits cannot both be its first. All rows are
#: locked in the order of their keys, new ones and others alike: nobody locks somebody else out. `WHERE false`
#: locks a row that is there and leaves it as it is.
LOCK = """
INSERT INTO history_states AS held (key, entity, updates, state)
SELECT key, entity, 0, '' FROM unnest($1::uuid[], $2::text[]) AS wanted(key, entity) ORDER BY key
ON CONFLICT (key) DO UPDATE SET updates = held.updates WHERE false
"""
READ = "SELECT key, state FROM history_states WHERE key = ANY($1::uuid[])"
WRITE = """
UPDATE history_states held SET updates = moved.updates, latest = moved.latest, state = moved.state
FROM unnest($1::uuid[], $2::bigint[], $3::float8[], $4::bytea[]) AS moved(key, updates, latest, state)
WHERE held.key = moved.key AND held.key = ANY($1::uuid[])
"""

# A count was at most the number of updates when the key was seen last, and halves in each half-life since.
FORGET = text("""
DELETE FROM history_states WHERE latest < CAST(:now AS float8)
    - CAST(:half_life AS float8) * (CAST(:halvings AS float8) + ln(greatest(updates, 1)) / ln(2))
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedState:
    """A state as it is after a batch."""

    key: UUID
    updates: int
    #: Seconds since 1970.
    latest: float
    content: bytes


async def locked(connection: asyncpg.Connection, entity_of: Mapping[UUID, str]) -> dict[UUID, bytes]:
    """Lock these keys to the end of the transaction and return their states, empty those of new keys."""
    keys = sorted(entity_of)
    await connection.execute(LOCK, keys, [entity_of[key] for key in keys])
    # A statement of its own: it sees what was committed while the locks were waited for.
    return {row["key"]: row["state"] for row in await connection.fetch(READ, keys)}


async def write(connection: asyncpg.Connection, moved: Sequence[MovedState]) -> None:
    """Keep the states of locked keys."""
    columns = [[getattr(each, name) for each in moved] for name in ("key", "updates", "latest", "content")]
    await connection.execute(WRITE, *columns)


async def forget_what_is_over(connection: AsyncConnection, now: datetime) -> int:
    """Delete the states of which nothing is left; return how many. What is unseen reads the same."""
    bounds = {"now": now.timestamp(), "half_life": HALF_LIVES[-1], "halvings": -log2(LEAST_COUNT)}
    return (await connection.execute(FORGET, bounds)).rowcount
