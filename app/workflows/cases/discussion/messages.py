"""Messages to people: told within the transaction of what they tell of, read on a page of one's own."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.cases.discussion import messages
from app.review.discussion.messages import MessageKind


async def tell(
    connection: AsyncConnection,
    to: Sequence[int],
    kind: MessageKind,
    *,
    case_id: int,
    by: int | None,
    now: datetime,
    words: str = "",
    comment_id: int | None = None,
) -> None:
    """Tell these accounts of a case, within the transaction of whatever happened to it.

    `by` is who did it, who is not told of it; None: time did. `words` is why, where somebody said so (at most
    2,000 characters, already free of card numbers). Who may not read the case, or not yet, gets the message
    and does not see it until they may.
    """
    told = [account_id for account_id in to if account_id != by]
    await messages.add(
        connection, told, kind, case_id=case_id, by=by, words=words, now=now, comment_id=comment_id
    )
