"""Comments on cases, and up to which of them somebody has read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import has_said
from app.database.tables.discussion import CommentReadRow, CommentRow
from app.review.discussion.comments import MOST_OF_A_CASE, TooManyComments


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody said about a case."""

    #: Which of the case's it is, from 1.
    place: int
    account_id: int
    who: str
    said_at: datetime
    words: str
    #: By a colleague, and later than the last that the reader has seen.
    is_new: bool


OF_CASE = text("""
SELECT s.place, s.account_id, a.display_name AS who, s.said_at, s.words,
    s.account_id <> CAST(:account_id AS bigint) AND s.place > coalesce(seen.through, 0) AS is_new
FROM comments s JOIN accounts a ON a.id = s.account_id
LEFT JOIN comment_reads seen ON seen.case_id = s.case_id AND seen.account_id = CAST(:account_id AS bigint)
WHERE s.case_id = CAST(:case_id AS bigint)
    AND (NOT CAST(:only_own AS boolean) OR s.account_id = CAST(:account_id AS bigint))
ORDER BY s.place
""")
HAS_SAID = text(f"SELECT {has_said('c', 'CAST(:account_id AS bigint)')} FROM cases c WHERE c.id = :case_id")


async def has_said_theirs(connection: AsyncConnection, case_id: int, account_id: int) -> bool:
    """Whether this account has said what it thinks of a case: fraud or legit, first or final."""
    return bool(await connection.scalar(HAS_SAID, {"case_id": case_id, "account_id": account_id}))


async def of_case(
    connection: AsyncConnection, case_id: int, *, account_id: int, only_own: bool
) -> list[Comment]:
    """Return the comments on a case in their order, as this account has read them."""
    asked = {"case_id": case_id, "account_id": account_id, "only_own": only_own}
    return [Comment(**row) for row in (await connection.execute(OF_CASE, asked)).mappings()]


async def add(
    connection: AsyncConnection, case_id: int, *, account_id: int, form: UUID, words: str, now: datetime
) -> int | None:
    """Write a comment on a case that is locked, and return its key; None: this form came before.

    Raises `TooManyComments`.
    """
    if await connection.scalar(select(CommentRow.id).where(CommentRow.form == form)) is not None:
        return None
    last = await connection.scalar(select(func.max(CommentRow.place)).where(CommentRow.case_id == case_id))
    if (last or 0) >= MOST_OF_A_CASE:
        raise TooManyComments
    values = {
        "case_id": case_id, "account_id": account_id, "form": form, "words": words, "said_at": now,
        "place": (last or 0) + 1,
    }  # fmt: skip
    # The same form on another case at the same time: it says nothing there.
    added = upsert(CommentRow).values(values).on_conflict_do_nothing(index_elements=["form"])
    key: int | None = await connection.scalar(added.returning(CommentRow.id))
    return key


async def mark_read(connection: AsyncConnection, case_id: int, account_id: int, *, through: int) -> None:
    """Keep that somebody has read the comments on a case up to one; what was read stays read."""
    seen = upsert(CommentReadRow).values(case_id=case_id, account_id=account_id, through=through)
    later = func.greatest(CommentReadRow.through, seen.excluded.through)
    await connection.execute(
        seen.on_conflict_do_update(index_elements=["case_id", "account_id"], set_={"through": later})
    )
