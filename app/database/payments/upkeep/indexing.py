"""Links and search words, written behind the commits of payments, in order, up to a mark that is kept.

A mark is sure when every transaction that could still commit a payment before it has ended: it is taken with
the newest number and the newest transaction, and followed once the oldest running transaction is younger.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: So many of the newest payments are looked at one by one, where their links are not written yet.
TAIL_ROWS = 20_000

# Who finds the row taken leaves the work to the replica that holds it; where nothing came, nothing is locked.
HELD = text("""
SELECT indexed_to, next_mark, next_xact, (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint AS oldest
FROM link_progress WHERE indexed_to < (SELECT max(id) FROM payments) FOR UPDATE SKIP LOCKED
""")
# The newest payment at hand; a payment is numbered by a transaction that has its own number already.
TAKE_MARK = text("""
UPDATE link_progress SET next_mark = newest.id,
    next_xact = (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint
FROM (SELECT max(id) AS id FROM payments) newest
""")
NEXT = text("""
SELECT max(id) FROM (SELECT id FROM payments WHERE id > :after AND id <= :mark ORDER BY id LIMIT :most) next
""")
INDEX = text("SELECT index_payments(:after, :upto)")
KEEP = text("UPDATE link_progress SET indexed_to = :upto, indexed_at = clock_timestamp()")
PROGRESS = text("""
SELECT indexed_to, indexed_at,
    (SELECT count(*) FROM (SELECT 1 FROM payments WHERE id > indexed_to LIMIT :most) ahead) AS ahead
FROM link_progress
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far links and words are written."""

    indexed_to: int
    indexed_at: datetime
    #: Payments behind that, counted up to one more than are looked at one by one.
    ahead: int

    @property
    def misses_some(self) -> bool:
        """Whether there are payments that a search cannot find yet."""
        return self.ahead > TAIL_ROWS


async def index_some(connection: AsyncConnection, *, most: int) -> int:
    """Write links and words of at most so many payments; return how many keys may be left, 0: none.

    Raises what the connection raises; in one transaction with its mark.
    """
    held = (await connection.execute(HELD)).one_or_none()
    if held is None:
        return 0
    if held.next_mark <= held.indexed_to:
        await connection.execute(TAKE_MARK)
        return 0
    if held.next_xact > held.oldest:
        return 0
    bounds = {"after": held.indexed_to, "mark": held.next_mark, "most": most}
    upto = await connection.scalar(NEXT, bounds) or held.next_mark
    await connection.execute(INDEX, {"after": held.indexed_to, "upto": upto})
    await connection.execute(KEEP, {"upto": upto})
    return int(held.next_mark - upto)


async def progress(connection: AsyncConnection) -> Progress:
    """Return how far links and words are written."""
    row = (await connection.execute(PROGRESS, {"most": TAIL_ROWS + 1})).one()
    return Progress(indexed_to=row.indexed_to, indexed_at=row.indexed_at, ahead=row.ahead)
