"""Messages to a person, and what their browser may show of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import hides_discussion, is_kept_from
from app.database.payments.truth import IS_UNDER_REVIEW, READER
from app.database.tables.discussion import MessageRow, MessageWishRow
from app.review.discussion.messages import MessageKind, MessageWishes, QuietHours

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
_MESSAGE = """
SELECT m.handle, m.kind, m.case_id, m.told_at, m.read_at, coalesce(s.words, m.words) AS words,
    a.display_name AS who
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
    words: str
    #: Who did it; None: time.
    who: str | None


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
    connection: AsyncConnection, account_id: int, *, reader_id: int | None, most: int
) -> list[Message]:
    """Return somebody's messages: unread ones first, of each the newest first."""
    asked = {"account_id": account_id, "reader": reader_id, "most": most}
    return [_message(row) for row in (await connection.execute(PAGE, asked)).mappings()]


async def newest_unread(
    connection: AsyncConnection, account_id: int, *, reader_id: int | None, since: datetime, most: int
) -> list[Message]:
    """Return what somebody was told since a moment and has not read, the newest first."""
    asked = {"account_id": account_id, "reader": reader_id, "since": since, "most": most}
    return [_message(row) for row in (await connection.execute(NEWEST, asked)).mappings()]


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


def _message(row: RowMapping) -> Message:
    return Message(**{**row, "kind": MessageKind(row["kind"])})
