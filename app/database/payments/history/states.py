"""Locking the states of keys, in one order, until the commit of what they are read for."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite, log2
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.server.session import driver_transaction
from app.scoring.history.state import HALF_LIVES, LEAST_COUNT

SECONDS_A_DAY = 86_400.0
#: In the order of keys: two chunks that meet at several keys wait for each other at the first. What another
#: commit left meanwhile is what is returned.
LOCK = "SELECT key, state FROM history_states WHERE key = ANY($1::uuid[]) ORDER BY key FOR NO KEY UPDATE"
#: A key that is new has a row of its own, so that two commits cannot both be its first. Who waits here waits
#: for others who do, in the order of keys, or who wait for nobody.
BEGIN = """
INSERT INTO history_states (key, entity, updates, state)
SELECT key, entity, 0, '' FROM unnest($1::uuid[], $2::text[]) AS wanted(key, entity) ORDER BY key
ON CONFLICT (key) DO NOTHING
RETURNING key
"""
UPDATES = "SELECT key, updates FROM history_states WHERE key = ANY($1::uuid[])"
#: A part of a statement with these parameters. Nested loops are off where payments are written: without the
#: second condition the whole table would be read.
MOVE = """
UPDATE history_states held SET updates = moved.updates, latest = moved.latest, state = moved.state
FROM unnest({keys}, {updates}, {latest}, {contents}) AS moved(key, updates, latest, state)
WHERE held.key = moved.key AND held.key = ANY({keys})
"""
WRITE = MOVE.format(keys="$1::uuid[]", updates="$2::bigint[]", latest="$3::float8[]", contents="$4::bytea[]")

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


class KeysBegun(Exception):
    """Another commit made a key that was new when it was asked for; the transaction is to begin anew."""


async def keys_locked(connection: asyncpg.Connection, change: Callable[[], Awaitable[None]]) -> None:
    """Run what locks keys in a transaction of its own, anew while others begin one of the keys."""
    while True:
        try:
            async with driver_transaction(connection):
                return await change()
        except KeysBegun:
            continue


async def locked(connection: asyncpg.Connection, entity_of: Mapping[UUID, str]) -> dict[UUID, bytes]:
    """Lock these keys to the end of the transaction and return their states, empty those of new keys.

    Raises `KeysBegun`: a lock that is taken now would be taken out of the order of keys.
    """
    keys = sorted(entity_of)
    held: dict[UUID, bytes] = {row["key"]: row["state"] for row in await connection.fetch(LOCK, keys)}
    if new := [key for key in keys if key not in held]:
        begun = await connection.fetch(BEGIN, new, [entity_of[key] for key in new])
        if len(begun) < len(new):
            raise KeysBegun
        held |= dict.fromkeys(new, b"")
    return held


def columns_of(moved: Sequence[MovedState]) -> tuple[list[UUID], list[int], list[float], list[bytes]]:
    """Return states as `MOVE` takes them: keys, updates, latest, contents."""
    return (
        [each.key for each in moved],
        [each.updates for each in moved],
        [_day_after(each.latest) for each in moved],
        [each.content for each in moved],
    )


def _day_after(seconds: float) -> float:
    """Return the end of a moment's day: the index by time is touched once a day, and not by each payment."""
    return (seconds // SECONDS_A_DAY + 1) * SECONDS_A_DAY if isfinite(seconds) else seconds


async def lock_to_replace(
    connection: asyncpg.Connection, entity: str, keys: Sequence[UUID]
) -> dict[UUID, int]:
    """Lock these keys to the end of the transaction and return how often each changed. Raises `KeysBegun`."""
    await locked(connection, dict.fromkeys(keys, entity))
    return {row["key"]: row["updates"] for row in await connection.fetch(UPDATES, list(keys))}


async def write(connection: asyncpg.Connection, moved: Sequence[MovedState]) -> None:
    """Keep the states of locked keys."""
    await connection.execute(WRITE, *columns_of(moved))


async def forget_what_is_over(connection: AsyncConnection, now: datetime) -> int:
    """Delete the states of which nothing is left; return how many. What is unseen reads the same."""
    bounds = {"now": now.timestamp(), "half_life": HALF_LIVES[-1], "halvings": -log2(LEAST_COUNT)}
    return (await connection.execute(FORGET, bounds)).rowcount
