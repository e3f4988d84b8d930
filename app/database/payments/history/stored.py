"""Stored payments as a history knows them, in the order of their keys' updates, in a table of a session.

The order: payments that keep which update of their key they were follow these numbers; others were in no
state when they arrived, and follow the order of commits, those of one commit the order of their time. The two
are merged by the greatest id so far: within one commit ids are in no order.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.database.payments.history.keys import Fingerprints
from app.scoring.history.state import Occurrence
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import update_name

#: Payments that one statement reads; it holds nothing that others wait for.
CHUNK_PAYMENTS = 20_000
#: Rows that a cursor brings at once.
FETCHED = 2_000
LATEST = datetime.max.replace(tzinfo=UTC)
#: What is waited for are commits of some milliseconds.
ASKED_EVERY_SECONDS = 0.02

# It lives as long as its session: whoever is killed leaves nothing behind.
MAKE = """
CREATE TEMP TABLE stored_steps (
    payment_id bigint PRIMARY KEY, key uuid NOT NULL, number bigint, received_at timestamptz NOT NULL,
    seconds double precision NOT NULL, amount double precision NOT NULL, partners bytea[] NOT NULL
)
"""
DROP = "DROP TABLE IF EXISTS stored_steps"
BY_KEY = "CREATE INDEX ON stored_steps (key)"
ANALYZE = "ANALYZE stored_steps"

# A payment is numbered by a transaction that has its own number already: once all below `xact` have ended,
# no payment up to `mark` is still to be committed.
MARK = """
SELECT coalesce(max(id), 0) AS mark, (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint AS xact
FROM payments
"""
OLDEST_RUNNING = "SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint"
NEXT = """
SELECT max(id) FROM (SELECT id FROM payments WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) next
"""

_DIGEST = "sha256($3::bytea || sha256($2::bytea || {message}))"
_KEY = _DIGEST.format(message="$4::bytea || convert_to(p.attributes ->> $5::text, 'UTF8')")
_PARTNER = _DIGEST.format(
    message="convert_to(wanted.name, 'UTF8') || '\\x00'::bytea"
    " || convert_to(p.attributes ->> wanted.name, 'UTF8')"
)
# The same fingerprints as those of `Fingerprints`.
STEPS = f"""
SELECT p.id AS payment_id, encode(substr({_KEY}, 1, 16), 'hex')::uuid AS key,
    p.derived[array_position(f.names, $6::text)]::bigint AS number, p.received_at,
    extract(epoch FROM p.occurred_at)::double precision AS seconds, p.amount::double precision AS amount,
    ARRAY(
        SELECT substr({_PARTNER}, 1, 8) FROM unnest($7::text[]) WITH ORDINALITY AS wanted(name, n) ORDER BY n
    ) AS partners
FROM payments p LEFT JOIN feature_lists f ON f.id = p.derived_list
WHERE p.id > $1 AND p.currency = $8 AND p.attributes ? $5 AND p.occurred_at >= $9
"""
TAKE = f"""
INSERT INTO stored_steps SELECT * FROM ({STEPS} AND p.id <= $10 AND p.received_at <= $11) steps
ON CONFLICT DO NOTHING RETURNING key, number IS NULL AS is_unnumbered
"""
TAKE_OF = f"""
INSERT INTO stored_steps SELECT * FROM ({STEPS}) steps WHERE key = ANY($10::uuid[])
ON CONFLICT DO NOTHING RETURNING payment_id
"""
COUNTED = "SELECT key, count(*) AS steps FROM stored_steps WHERE key > $1 GROUP BY key ORDER BY key LIMIT $2"
SUMMARY = """
SELECT count(*) AS payments, count(DISTINCT key) AS keys, to_timestamp(min(seconds)) AS oldest_at
FROM stored_steps
"""
_REACHED = """
SELECT *, CASE WHEN number IS NULL THEN max(payment_id) OVER (PARTITION BY key, number IS NULL, received_at)
    ELSE max(payment_id) OVER (PARTITION BY key, number IS NULL ORDER BY number) END AS reached
FROM stored_steps
"""
_ORDER = "ORDER BY key, reached, number NULLS FIRST, seconds, payment_id"
IN_ORDER = f"SELECT * FROM ({_REACHED}) steps {_ORDER}"
IN_ORDER_OF = f"SELECT * FROM ({_REACHED} WHERE key = ANY($1::uuid[])) steps {_ORDER}"
# Found by the payments, so that it is quick for a key with many others.
IN_ORDER_AMONG = f"SELECT * FROM ({_REACHED} WHERE payment_id = ANY($1::bigint[])) steps {_ORDER}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStep:
    """A stored payment as it meets the state of its key."""

    key: UUID
    payment_id: int
    #: Which update of its key it was when it arrived; None: none of this history.
    number: int | None
    #: The same for all of a commit.
    received_at: datetime
    payment: Occurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The newest payment at a moment, and the database transaction from which on all are younger."""

    payment_id: int
    xact: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How much was read."""

    payments: int
    keys: int
    oldest_at: datetime | None


async def mark(connection: asyncpg.Connection) -> Mark:
    """Return the newest payment that there is."""
    (row,) = await connection.fetch(MARK)
    return Mark(payment_id=row["mark"], xact=row["xact"])


async def is_sure(connection: asyncpg.Connection, found: Mark) -> bool:
    """Whether no payment up to a mark can still be committed."""
    oldest: int = await connection.fetchval(OLDEST_RUNNING)
    return oldest >= found.xact


async def sure_mark(connection: asyncpg.Connection) -> Mark:
    """Return the newest payment once all before it are committed, or never will be."""
    found = await mark(connection)
    while not await is_sure(connection, found):  # noqa: ASYNC110  (what it waits for is in other processes)
        await asyncio.sleep(ASKED_EVERY_SECONDS)
    return found


class StoredSteps:
    """The payments of one history, in a table of this session.

    `oldest`: payments that occurred before it are no history any more. `known_at`: what was received later is
    not read.
    """

    def __init__(
        self,
        connection: asyncpg.Connection,
        history: KeptHistory,
        prints: Fingerprints,
        *,
        oldest: datetime,
        known_at: datetime = LATEST,
    ) -> None:
        self._connection = connection
        self._known_at = known_at
        self._asked = (
            *(prints.inner_pad, prints.outer_pad, f"{history.described}\0\0".encode()),
            *(history.entity, update_name(history), list(history.partners), history.currency, oldest),
        )
        #: All payments up to this key are read.
        self.upto = 0

    async def begin(self) -> None:
        """Make the table, without rows; whatever was read before is forgotten."""
        await self._connection.execute(DROP)
        await self._connection.execute(MAKE)

    async def end(self) -> None:
        """Let the table go."""
        await self._connection.execute(DROP)

    async def take(self, upto: int) -> set[UUID]:
        """Read on up to a payment; return the keys of payments that keep no update number."""
        unnumbered: set[UUID] = set()
        while self.upto < upto:
            end = await self._connection.fetchval(NEXT, self.upto, upto, CHUNK_PAYMENTS) or upto
            taken = await self._connection.fetch(TAKE, self.upto, *self._asked, end, self._known_at)
            unnumbered |= {row["key"] for row in taken if row["is_unnumbered"]}
            self.upto = end
        return unnumbered

    async def arrange(self) -> None:
        """Make it quick to find the payments of a key, once most are read."""
        await self._connection.execute(BY_KEY)
        await self._connection.execute(ANALYZE)

    async def take_of(self, keys: Sequence[UUID]) -> list[int]:
        """Read whatever of these keys is committed by now and not read yet; return the payments' keys."""
        taken = await self._connection.fetch(TAKE_OF, self.upto, *self._asked, list(keys))
        return [row["payment_id"] for row in taken]

    async def counted(self, after: UUID, *, most: int) -> list[tuple[UUID, int]]:
        """Return the next keys, ascending, each with the number of its payments."""
        rows = await self._connection.fetch(COUNTED, after, most)
        return [(row["key"], row["steps"]) for row in rows]

    async def summary(self) -> Summary:
        """Return how much was read."""
        (row,) = await self._connection.fetch(SUMMARY)
        return Summary(**row)

    async def of(self, keys: Sequence[UUID]) -> AsyncIterator[StoredStep]:
        """Give the payments of these keys, key by key, in order, within a transaction."""
        async for row in self._connection.cursor(IN_ORDER_OF, list(keys), prefetch=FETCHED):
            yield _step(row)

    async def among(self, payment_ids: Sequence[int]) -> list[StoredStep]:
        """Return these payments, key by key, in their order."""
        return [_step(row) for row in await self._connection.fetch(IN_ORDER_AMONG, list(payment_ids))]

    async def every(self) -> AsyncIterator[StoredStep]:
        """Give all payments, key by key, in order, within a transaction."""
        async for row in self._connection.cursor(IN_ORDER, prefetch=FETCHED):
            yield _step(row)


def _step(row: asyncpg.Record) -> StoredStep:
    met = tuple(None if each is None else int.from_bytes(each) for each in row["partners"])
    payment = Occurrence(seconds=row["seconds"], amount=row["amount"], partners=met)
    return StoredStep(
        key=row["key"],
        payment_id=row["payment_id"],
        number=row["number"],
        received_at=row["received_at"],
        payment=payment,
    )
