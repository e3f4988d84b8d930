"""That states of a history were worked out anew, and up to which payment they hold all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from app.database.server.locks import AdvisoryLock
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import update_name

REACHED = "SELECT history, currency, max(upto) AS upto FROM history_rebuilds GROUP BY history, currency"
RECORD = """
INSERT INTO history_rebuilds (history, currency, upto, payments, keys, oldest_at, rebuilt_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
ALONE = "SELECT pg_try_advisory_lock($1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What one rebuild read."""

    #: Payments up to this key are in the states.
    upto: int
    payments: int
    keys: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reached:
    """Up to which payments the states of each history hold all, by its name and currency."""

    upto: Mapping[tuple[str, str], int]

    def holds(self, history: KeptHistory, payment_id: int) -> bool:
        """Whether a payment is in the states of a history because these were rebuilt."""
        return payment_id <= self.upto.get((update_name(history), history.currency), 0)


async def reached(connection: asyncpg.Connection) -> Reached:
    """Return up to where histories were rebuilt."""
    rows = await connection.fetch(REACHED)
    return Reached({(row["history"], row["currency"]): row["upto"] for row in rows})


async def record(
    connection: asyncpg.Connection, history: KeptHistory, rebuilt: Rebuilt, now: datetime
) -> None:
    """Keep that a history was rebuilt."""
    told = (rebuilt.upto, rebuilt.payments, rebuilt.keys, rebuilt.oldest_at, now)
    await connection.execute(RECORD, update_name(history), history.currency, *told)


async def is_alone(connection: asyncpg.Connection) -> bool:
    """Whether nobody else rebuilds, from now on for as long as the connection lives."""
    return bool(await connection.fetchval(ALONE, AdvisoryLock.HISTORY_REBUILD.value))
