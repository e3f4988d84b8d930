"""Keys of payment services: the one that works, those that still do for a while, and when they were used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.access.administration import KeyNotFound
from app.review.text import name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A payment service's key as an administrator sees it: everything but the key."""

    client_id: int
    name: str
    created_at: datetime
    #: When the key that works now was made.
    made_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    #: Until when the one before works; None: it does not.
    earlier_until: datetime | None


# Ends are moments of the database's clock: no replica's own clock lengthens a key's life.
KEYS = """
SELECT c.id AS client_id, c.name, c.created_at, coalesce(c.rotated_at, c.created_at) AS made_at,
    c.last_used_at, c.revoked_at,
    (SELECT max(ends_at) FROM retiring_keys r WHERE r.client_id = c.id AND r.ends_at > now()) AS earlier_until
FROM clients c {where} ORDER BY c.revoked_at IS NOT NULL, c.name
"""
ALL = text(KEYS.format(where=""))
ONE = text(KEYS.format(where="WHERE c.id = :client_id"))
LOCK = text("SELECT 1 FROM clients WHERE id = :client_id FOR UPDATE")
NAMED = text(
    "SELECT id FROM clients WHERE name_key = :key OR name = :name ORDER BY (name = :name) DESC LIMIT 1"
)
BY_KEY = text("""
SELECT id FROM clients WHERE key_sha256 = :key_sha256 AND revoked_at IS NULL
UNION ALL
SELECT c.id FROM retiring_keys r JOIN clients c ON c.id = r.client_id
WHERE r.key_sha256 = :key_sha256 AND r.ends_at > now() AND c.revoked_at IS NULL
LIMIT 1
""")
RETIRE = text("""
INSERT INTO retiring_keys (key_sha256, client_id, ends_at)
SELECT key_sha256, id, now() + :overlap FROM clients WHERE id = :client_id
""")
SET = text("""
UPDATE clients SET key_sha256 = :key_sha256, rotated_at = now(), revoked_at = NULL WHERE id = :client_id
""")
FORGET_EARLIER = text("DELETE FROM retiring_keys WHERE client_id = :client_id")
REVOKE = text("UPDATE clients SET revoked_at = now() WHERE id = :client_id")
PRUNE = text("DELETE FROM retiring_keys WHERE ends_at <= now()")
USED = text("""
WITH due AS MATERIALIZED (
    SELECT clients.id, used.at
    FROM unnest(CAST(:ids AS bigint[]), CAST(:times AS timestamptz[])) AS used (id, at)
    JOIN clients USING (id)
    WHERE last_used_at IS NULL OR last_used_at <= used.at - interval '1 minute'
    ORDER BY clients.id FOR UPDATE OF clients SKIP LOCKED
)
UPDATE clients SET last_used_at = due.at FROM due WHERE clients.id = due.id
""")


async def everything(connection: AsyncConnection) -> list[ApiKey]:
    """Return all keys, those that work first, by name."""
    return [ApiKey(**row) for row in (await connection.execute(ALL)).mappings()]


async def one(connection: AsyncConnection, client_id: int) -> ApiKey:
    """Return one key; raises `KeyNotFound`."""
    row = (await connection.execute(ONE, {"client_id": client_id})).mappings().one_or_none()
    if row is None:
        raise KeyNotFound
    return ApiKey(**row)


async def locked(connection: AsyncConnection, client_id: int) -> ApiKey:
    """Return one key that nobody else changes until this transaction ends; raises `KeyNotFound`."""
    await connection.execute(LOCK, {"client_id": client_id})
    return await one(connection, client_id)


async def id_by_name(connection: AsyncConnection, name: str) -> int:
    """Return which client has this name, however it is written; raises `KeyNotFound`."""
    client_id: int | None = await connection.scalar(NAMED, {"key": name_key(name), "name": name})
    if client_id is None:
        raise KeyNotFound
    return client_id


async def client_by_key(connection: AsyncConnection, key_sha256: str) -> int | None:
    """Return which client a live key belongs to."""
    client_id: int | None = await connection.scalar(BY_KEY, {"key_sha256": key_sha256})
    return client_id


async def replace(
    connection: AsyncConnection, client_id: int, key_sha256: str, *, overlap: timedelta
) -> None:
    """Give a client a new key; with an overlap, the one it had works so long on, else none before does."""
    if overlap:
        await connection.execute(RETIRE, {"client_id": client_id, "overlap": overlap})
    else:
        await connection.execute(FORGET_EARLIER, {"client_id": client_id})
    await connection.execute(SET, {"client_id": client_id, "key_sha256": key_sha256})


async def revoke(connection: AsyncConnection, client_id: int) -> None:
    """Let no key of a client work any more."""
    await connection.execute(FORGET_EARLIER, {"client_id": client_id})
    await connection.execute(REVOKE, {"client_id": client_id})


async def note_use(connection: AsyncConnection, used: Mapping[int, datetime]) -> None:
    """Write when clients called last, at most once a minute each; and forget keys that have ended."""
    ids = list(used)
    await connection.execute(USED, {"ids": ids, "times": [used[each] for each in ids]})
    await connection.execute(PRUNE)
