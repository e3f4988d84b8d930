"""The advisory locks of a database: each its own number, in this table alone.

PostgreSQL knows them by number only, so two that share one wait for each other without a reason.
"""

from enum import IntEnum, unique

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_WAIT = text("SELECT pg_advisory_xact_lock(:key)")
_TRY = text("SELECT pg_try_advisory_lock(:key)")


@unique
class AdvisoryLock(IntEnum):
    """What only one connection at a time may do."""

    #: Whoever starts first registers models and the first policy.
    BOOTSTRAP = 7_239_001
    #: Two processes must not migrate at once.
    MIGRATION = 7_239_002
    #: What must see all policy versions at once moves them one after the other.
    POLICY_MOVES = 7_239_003
    #: One demo at a time fills a database.
    DEMO = 7_239_004
    #: One command at a time works out the states of a history anew.
    HISTORY_REBUILD = 7_239_005


async def wait_for(connection: AsyncConnection, lock: AdvisoryLock) -> None:
    """Take the lock until this transaction ends, as soon as nobody else has it."""
    await connection.execute(_WAIT, {"key": lock.value})


async def try_to_keep(connection: AsyncConnection, lock: AdvisoryLock) -> bool:
    """Take the lock for as long as the connection lives; False when another connection has it."""
    return bool(await connection.scalar(_TRY, {"key": lock.value}))
