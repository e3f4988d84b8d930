"""Messages to a person, and what their browser may show of them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import hides_discussion, hides_words, is_kept_from
from app.database.payments.truth import IS_UNDER_REVIEW, READER
from app.database.tables.discussion import MessageRow, MessageWishRow
from app.review.case import CaseState
from app.review.discussion.messages import MessageKind, MessageWishes, QuietHours
from app.review.keeping.hold import Hold
from app.review.keeping.whereabouts import Whereabouts, whereabouts

#: What is said of a case that a person may not read, or not yet, does not exist for them: they are told when
#: they may.
_MAY_HEAR = f"""
    NOT {is_kept_from("c", READER)} AND NOT ({READER} IS NOT NULL AND {IS_UNDER_REVIEW})
    AND (m.kind <> 'mention' OR NOT {hides_discussion("c", "d", READER)})
"""
_HEARD = f"""
FROM messages m JOIN cases c ON c.id = m.case_id
JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, c.decision_id)
WHERE m.account_id = CAST(:account_id AS bigint) AND {_MAY_HEAR}
"""
# Of a mention nothing is told while its comment is kept back.
_KEEPS_WORDS = f"""(
    m.kind <> 'mention' AND m.words <> '' AND m.by_id IS NOT NULL AND {hides_words("c", "d", READER)}
)"""
_MESSAGE = f"""
SELECT m.handle, m.kind, m.case_id, m.told_at, m.read_at,
    CASE WHEN NOT {_KEEPS_WORDS} THEN coalesce(s.words, m.words) END AS words, a.display_name AS who,
    c.state, c.holder_id, c.lease_expires_at, c.is_reserved, c.offered_to, c.offered_until, c.assigned_to,
    c.assigned_until, c.waits_until
"""
_WITH = "LEFT JOIN comments s ON s.id = m.comment_id LEFT JOIN accounts a ON a.id = m.by_id"
_HEARD_WITH = _HEARD.replace("WHERE", f"{_WITH}\nWHERE")
UNREAD = text(f"""
SELECT count(*) FROM (SELECT 1 {_HEARD} AND m.read_at IS NULL ORDER BY m.id DESC LIMIT :most) unread
""")
PAGE = text(f"""
{_MESSAGE} {_HEARD_WITH}
ORDER BY m.read_at IS NULL DESC, m.id DESC LIMIT :most
""")
NEWEST = text(f"""
{_MESSAGE} {_HEARD_WITH} AND m.read_at IS NULL AND m.told_at > CAST(:since AS timestamptz)
ORDER BY m.id DESC LIMIT :most
""")
READ = text(f"""
UPDATE messages SET read_at = greatest(CAST(:now AS timestamptz), told_at)
WHERE read_at IS NULL AND id IN (SELECT m.id {_HEARD} AND m.handle = ANY(CAST(:handles AS uuid[])))
""")
CASE_OF = text(f"SELECT m.case_id {_HEARD} AND m.handle = CAST(:handle AS uuid)")
PRUNE = text("""
DELETE FROM messages WHERE id IN (
    SELECT id FROM messages WHERE read_at < CAST(:read_before AS timestamptz)
    ORDER BY read_at LIMIT :most FOR UPDATE SKIP LOCKED
)
""")
MENTIONS_READ = text("""
UPDATE messages SET read_at = greatest(CAST(:now AS timestamptz), told_at)
WHERE read_at IS NULL AND account_id = CAST(:account_id AS bigint) AND case_id = CAST(:case_id AS bigint)
    AND comment_id IN (
        SELECT id FROM comments
        WHERE case_id = CAST(:case_id AS bigint) AND place <= CAST(:through AS smallint)
    )
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message."""

    handle: UUID
    kind: MessageKind
    case_id: int
    told_at: datetime
    #: None: not read yet.
    read_at: datetime | None
    #: None: kept from the reader for now.
    words: str | None
    #: Who did it; None: time.
    who: str | None
    #: With whom its case is as it is read.
    whereabouts: Whereabouts


async def add(
    connection: AsyncConnection,
    to: Sequence[int],
    kind: MessageKind,
    *,
    case_id: int,
    by: int | None,
    words: str,
    now: datetime,
    comment_id: int | None = None,
) -> None:
    """Write a message to each of these people; what was told once is not told again."""
    if not to:
        return
    values = {
        "kind": kind, "case_id": case_id, "by_id": by, "comment_id": comment_id, "words": words,
        "told_at": now,
    }  # fmt: skip
    # Two who tell several people write in one order.
    told = [{**values, "account_id": account_id} for account_id in sorted(set(to))]
    await connection.execute(upsert(MessageRow).values(told).on_conflict_do_nothing())


async def unread(connection: AsyncConnection, account_id: int, *, reader_id: int | None, most: int) -> int:
    """Return how many messages somebody has not read; no more than `most` are counted."""
    asked = {"account_id": account_id, "reader": reader_id, "most": most}
    return int(await connection.scalar(UNREAD, asked) or 0)


async def page(
    connection: AsyncConnection, account_id: int, *, reader_id: int | None, now: datetime, most: int
) -> list[Message]:
    """Return somebody's messages: unread ones first, of each the newest first."""
    asked = {"account_id": account_id, "reader": reader_id, "most": most}
    rows = (await connection.execute(PAGE, asked)).mappings()
    return [_message(row, account_id, now) for row in rows]


async def newest_unread(
    connection: AsyncConnection,
    account_id: int,
    *,
    reader_id: int | None,
    since: datetime,
    now: datetime,
    most: int,
) -> list[Message]:
    """Return what somebody was told since a moment and has not read, the newest first."""
    asked = {"account_id": account_id, "reader": reader_id, "since": since, "most": most}
    rows = (await connection.execute(NEWEST, asked)).mappings()
    return [_message(row, account_id, now) for row in rows]


async def case_of(
    connection: AsyncConnection, account_id: int, handle: UUID, *, reader_id: int | None
) -> int | None:
    """Return which case a message of this person is about; None: they have no such message."""
    asked = {"account_id": account_id, "reader": reader_id, "handle": handle}
    found: int | None = await connection.scalar(CASE_OF, asked)
    return found


async def mark_read(
    connection: AsyncConnection,
    account_id: int,
    handles: Sequence[UUID],
    *,
    reader_id: int | None,
    now: datetime,
) -> None:
    """Keep that somebody read these messages of theirs."""
    asked = {"account_id": account_id, "reader": reader_id, "handles": list(handles), "now": now}
    await connection.execute(READ, asked)


async def mark_mentions_read(
    connection: AsyncConnection, account_id: int, case_id: int, *, through: int, now: datetime
) -> None:
    """Keep that somebody read what mentioned them on a case, up to a comment."""
    asked = {"account_id": account_id, "case_id": case_id, "through": through, "now": now}
    await connection.execute(MENTIONS_READ, asked)


async def prune(connection: AsyncConnection, *, read_before: datetime, most: int) -> int:
    """Delete at most so many messages that were read before a moment, the oldest first; return how many.

    What another process deletes just now is left to it.
    """
    asked = {"read_before": read_before, "most": most}
    return (await connection.execute(PRUNE, asked)).rowcount


async def wishes(connection: AsyncConnection, account_id: int) -> MessageWishes:
    """Return what somebody wants their browser to show."""
    found = await connection.execute(
        select(MessageWishRow.__table__).where(MessageWishRow.account_id == account_id)
    )
    row = found.one_or_none()
    if row is None:
        return MessageWishes()
    quiet = None if row.quiet_from is None else QuietHours(begins=row.quiet_from, ends=row.quiet_to)
    kinds = frozenset(MessageKind(kind) for kind in row.kinds)
    return MessageWishes(kinds=kinds, quiet=quiet, time_zone=row.time_zone)


async def save_wishes(connection: AsyncConnection, account_id: int, wanted: MessageWishes) -> None:
    """Keep what somebody wants their browser to show."""
    values = {
        "kinds": sorted(kind.value for kind in wanted.kinds),
        "quiet_from": None if wanted.quiet is None else wanted.quiet.begins,
        "quiet_to": None if wanted.quiet is None else wanted.quiet.ends,
        "time_zone": wanted.time_zone,
    }
    written = upsert(MessageWishRow).values(account_id=account_id, **values)
    await connection.execute(written.on_conflict_do_update(index_elements=["account_id"], set_=values))


def _message(row: RowMapping, account_id: int, now: datetime) -> Message:
    names = ("handle", "case_id", "told_at", "read_at", "words", "who")
    return Message(
        kind=MessageKind(row["kind"]),
        whereabouts=whereabouts(
            CaseState(row["state"]),
            Hold(**{each.name: row[each.name] for each in fields(Hold)}),
            holder_id=row["holder_id"],
            account_id=account_id,
            now=now,
        ),
        **{name: row[name] for name in names},
    )
