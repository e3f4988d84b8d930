"""How clients' feeds stand: payments read behind their commit, bets kept, answers on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.feed_status import FeedStatus
from app.scoring.feed.watch import FeedWatch
from app.scoring.schema.feature import Value

# A new model begins with the payments that come after it: what came before was not its feed.
BEGIN_CURSOR = text("""
INSERT INTO feed_cursors (model_version, after_key)
SELECT :model_version, COALESCE((SELECT max(id) FROM transactions), 0)
ON CONFLICT (model_version) DO NOTHING
""")
# Who finds the row taken leaves the work to the replica that holds it.
HELD_CURSOR = text("""
SELECT after_key FROM feed_cursors WHERE model_version = :model_version FOR UPDATE SKIP LOCKED
""")
MOVE_CURSOR = text("UPDATE feed_cursors SET after_key = :key WHERE model_version = :model_version")
NEWEST_KEY = text("SELECT COALESCE(max(id), 0) FROM transactions")
# Of each client the first ones: a sample, so that a flood costs no more than a trickle. A row that
# commits behind the cursor is passed over, as are those beyond the sample.
NEW_ROWS = text("""
SELECT t.id, t.client_id, (t.features || t.derived)::text AS features, t.amount, t.currency, t.occurred_at
FROM (
    SELECT id, row_number() OVER (PARTITION BY client_id ORDER BY id) AS place
    FROM transactions WHERE id > :after AND id <= :upto
) numbered
JOIN transactions t ON t.id = numbered.id
WHERE numbered.place <= :most ORDER BY t.id
""")
RECENT_ROWS = text("""
SELECT t.id, t.client_id, (t.features || t.derived)::text AS features, t.amount, t.currency, t.occurred_at
FROM transactions t WHERE t.client_id = :client_id ORDER BY t.id DESC LIMIT :limit
""")
WATCHES = text("""
SELECT client_id, status, rows_seen, wealth, recent FROM feed_watches
WHERE model_version = :model_version AND client_id = ANY(CAST(:client_ids AS bigint[]))
""")
SAVE_WATCH = text("""
INSERT INTO feed_watches (client_id, model_version, status, rows_seen, wealth, recent, wrong_since)
VALUES (:client_id, :model_version, :status, :rows_seen, :wealth, CAST(:recent AS bigint[]), :wrong_since)
ON CONFLICT (client_id, model_version) DO UPDATE SET status = excluded.status,
    rows_seen = excluded.rows_seen, wealth = excluded.wealth, recent = excluded.recent,
    wrong_since = excluded.wrong_since
""")
STANDINGS_OF = text("""
SELECT w.client_id, c.name, w.status, w.rows_seen, w.wrong_since,
    (SELECT details FROM feed_events e
        WHERE e.client_id = w.client_id AND e.model_version = w.model_version AND e.status = 'wrong'
        ORDER BY e.id DESC LIMIT 1) AS details
FROM feed_watches w JOIN clients c ON c.id = w.client_id
WHERE w.model_version = :model_version ORDER BY c.name, w.client_id
""")
LOCK_WATCH = text("""
SELECT status FROM feed_watches
WHERE client_id = :client_id AND model_version = :model_version FOR UPDATE
""")
ANSWER = text("""
UPDATE feed_watches SET status = CAST(:status AS text), rows_seen = 0, wealth = ''::bytea, recent = '{}',
    wrong_since = CASE WHEN CAST(:status AS text) = 'watched' THEN NULL ELSE wrong_since END
WHERE client_id = :client_id AND model_version = :model_version
""")
RECORD = text("""
INSERT INTO feed_events (client_id, model_version, status, account_id, reason, happened_at, details)
VALUES (:client_id, :model_version, :status, :account_id, :reason, :now, CAST(:details AS jsonb))
""")
EVENTS = text("""
SELECT c.name AS client, e.model_version, e.status, a.display_name AS person, e.reason, e.happened_at
FROM feed_events e JOIN clients c ON c.id = e.client_id LEFT JOIN accounts a ON a.id = e.account_id
ORDER BY e.id DESC LIMIT :limit
""")
WAITING = text("""
SELECT count(*) FROM cases c JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, c.decision_id)
WHERE c.state = 'open' AND c.kind = 'unknown' AND d.reason = 'unusual_feed'
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A stored payment as the test reads it."""

    key: int
    client_id: int
    features: Mapping[str, Value]
    amount: float
    currency: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStanding:
    """The state of one client's feed against a model."""

    client_id: int
    client: str
    status: FeedStatus
    rows_seen: int
    wrong_since: datetime | None
    #: Payments after which it was last found wrong, and what may have happened; None: it never was.
    noticed_after: int | None
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """A feed was found wrong, or somebody answered."""

    client: str
    model_version: str
    status: FeedStatus
    #: None: the service itself.
    person: str | None
    reason: str
    happened_at: datetime


async def held_cursor(connection: AsyncConnection, model_version: str) -> int | None:
    """Return up to which payment feeds were tested, locked until commit; None: another replica has it."""
    await connection.execute(BEGIN_CURSOR, {"model_version": model_version})
    after: int | None = await connection.scalar(HELD_CURSOR, {"model_version": model_version})
    return after


async def move_cursor(connection: AsyncConnection, model_version: str, key: int) -> None:
    """Store up to which payment feeds were tested."""
    await connection.execute(MOVE_CURSOR, {"model_version": model_version, "key": key})


async def newest_key(connection: AsyncConnection) -> int:
    """Return the key of the newest payment; 0 before the first."""
    return int(await connection.scalar(NEWEST_KEY) or 0)


async def new_rows(connection: AsyncConnection, *, after: int, upto: int, most: int) -> list[FeedRow]:
    """Return the payments behind a key, of each client at most so many, in their order."""
    found = await connection.execute(NEW_ROWS, {"after": after, "upto": upto, "most": most})
    return [_row(row) for row in found]


async def recent_rows(connection: AsyncConnection, client_id: int, *, limit: int) -> list[FeedRow]:
    """Return a client's newest payments, newest first."""
    found = await connection.execute(RECENT_ROWS, {"client_id": client_id, "limit": limit})
    return [_row(row) for row in found]


def _row(row: Row[Any]) -> FeedRow:
    return FeedRow(
        key=row.id,
        client_id=row.client_id,
        features=orjson.loads(row.features),
        amount=float(row.amount),
        currency=row.currency,
        occurred_at=row.occurred_at,
    )


async def watches(
    connection: AsyncConnection, model_version: str, client_ids: Sequence[int]
) -> dict[int, tuple[FeedStatus, FeedWatch | None]]:
    """Return the state and the tests of these clients' feeds; None where a test starts again."""
    found = await connection.execute(
        WATCHES, {"model_version": model_version, "client_ids": list(client_ids)}
    )
    return {
        row.client_id: (
            FeedStatus(row.status),
            FeedWatch(
                rows=row.rows_seen,
                wealth=np.frombuffer(row.wealth, dtype="<f8").astype(np.float64),
                recent=tuple(row.recent),
            )
            if row.wealth
            else None,
        )
        for row in found
    }


async def save_watches(
    connection: AsyncConnection, model_version: str, watched: Mapping[int, FeedWatch], now: datetime
) -> None:
    """Keep how the bets on these clients stand; those that were won stand as wrong from now on."""
    if not watched:
        return
    await connection.execute(
        SAVE_WATCH,
        [
            {
                "client_id": client_id,
                "model_version": model_version,
                "status": (FeedStatus.WRONG if watch.alarmed_at else FeedStatus.WATCHED).value,
                "rows_seen": watch.rows,
                "wealth": watch.wealth.astype("<f8").tobytes(),
                "recent": list(watch.recent),
                "wrong_since": now if watch.alarmed_at else None,
            }
            for client_id, watch in watched.items()
        ],
    )


async def standings(connection: AsyncConnection, model_version: str) -> list[FeedStanding]:
    """Return the state of every client's feed for a model, by the clients' names."""
    found = await connection.execute(STANDINGS_OF, {"model_version": model_version})
    return [
        FeedStanding(
            client_id=row.client_id,
            client=row.name,
            status=FeedStatus(row.status),
            rows_seen=row.rows_seen,
            wrong_since=row.wrong_since,
            noticed_after=(row.details or {}).get("rows"),
            causes=tuple((row.details or {}).get("causes", ())),
        )
        for row in found
    ]


async def locked_status(connection: AsyncConnection, client_id: int, model_version: str) -> FeedStatus | None:
    """Return the state of a client's feed, locked until commit; None when it is not known."""
    found = await connection.scalar(LOCK_WATCH, {"client_id": client_id, "model_version": model_version})
    return None if found is None else FeedStatus(found)


async def answer(connection: AsyncConnection, client_id: int, model_version: str, status: FeedStatus) -> None:
    """Set the state of a feed and restart its test."""
    await connection.execute(
        ANSWER, {"client_id": client_id, "model_version": model_version, "status": status.value}
    )


async def record(
    connection: AsyncConnection,
    client_id: int,
    model_version: str,
    status: FeedStatus,
    *,
    account_id: int | None,
    reason: str,
    now: datetime,
    details: Mapping[str, object],
) -> None:
    """Append a change of a feed's state, and who made it."""
    await connection.execute(
        RECORD,
        {
            "client_id": client_id,
            "model_version": model_version,
            "status": status.value,
            "account_id": account_id,
            "reason": reason,
            "now": now,
            "details": orjson.dumps(details).decode(),
        },
    )


async def events(connection: AsyncConnection, *, limit: int) -> list[FeedEvent]:
    """Return what became of feeds, newest first."""
    found = await connection.execute(EVENTS, {"limit": limit})
    return [
        FeedEvent(
            client=row.client,
            model_version=row.model_version,
            status=FeedStatus(row.status),
            person=row.person,
            reason=row.reason,
            happened_at=row.happened_at,
        )
        for row in found
    ]


async def waiting(connection: AsyncConnection) -> int:
    """Return how many open cases are there because their client's feed is wrong."""
    return int(await connection.scalar(WAITING) or 0)
