"""Messages to people: told within the transaction of what they tell of, read on a page of one's own."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases.discussion import messages
from app.database.cases.discussion.messages import Message
from app.database.server.session import DatabaseUnavailable, transaction
from app.review.access.people import Account
from app.review.blindness import reader_of
from app.review.discussion.messages import MessageKind, MessageWishes

#: So many messages stand on a page; whoever has more reads those first.
MOST_SHOWN = 100
#: Beyond this nobody counts.
MOST_COUNTED = 99
#: A browser shows no more than this at once, and nothing that is older.
MOST_NOTIFIED = 5
NOTIFIED_FOR = timedelta(minutes=10)
#: A stream says something at least so often; what is told meanwhile is told at once.
PERIOD_SECONDS = 5.0
#: After this a stream ends, and the browser that comes again has to be logged in still.
STREAM_SECONDS = 120.0
#: Each holds a connection open.
MOST_STREAMS = 200


class TooManyStreams(Exception):
    """Too many pages are followed already; the number of messages still comes when a page is loaded."""


class MessageNotFound(Exception):
    """You have no such message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """What somebody's pages show of their messages, wherever they are."""

    unread: int
    #: What the browser may show over everything else, the newest first.
    notified: tuple[Message, ...]


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


class MessageNews:
    """Wakes the streams of whoever is told something."""

    def __init__(self) -> None:
        self._waiting: dict[int, set[asyncio.Event]] = {}
        self.is_ended = False

    @property
    def streams(self) -> int:
        """How many wait just now."""
        return sum(map(len, self._waiting.values()))

    def tell(self, account_id: int) -> None:
        """Let this person's streams look anew."""
        for event in self._waiting.get(account_id, ()):
            event.set()

    def tell_all(self) -> None:
        """Let all streams look anew: something may have been missed."""
        for account_id in self._waiting:
            self.tell(account_id)

    def end(self) -> None:
        """Let all streams end: the service stops."""
        self.is_ended = True
        self.tell_all()

    @contextmanager
    def awake(self, account_id: int) -> Iterator[asyncio.Event]:
        """Give what is set when this person is told something; raises `TooManyStreams`."""
        if self.streams >= MOST_STREAMS or self.is_ended:
            raise TooManyStreams
        event = asyncio.Event()
        self._waiting.setdefault(account_id, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[account_id].discard(event)
            if not self._waiting[account_id]:
                del self._waiting[account_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """What somebody was told, and what their browser may show of it."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    news: MessageNews = field(default_factory=MessageNews)
    monotonic: Callable[[], float] = time.monotonic

    async def unread(self, account: Account) -> int:
        """Return how many messages this person has not read, up to one more than `MOST_COUNTED`."""
        async with transaction(self.engine) as connection:
            return await messages.unread(
                connection, account.id, reader_id=reader_of(account), most=MOST_COUNTED + 1
            )

    async def page(self, account: Account) -> tuple[list[Message], MessageWishes]:
        """Return this person's messages, unread ones first, and what their browser may show."""
        async with transaction(self.engine) as connection:
            found = await messages.page(
                connection, account.id, reader_id=reader_of(account), now=self.clock(), most=MOST_SHOWN
            )
            return found, await messages.wishes(connection, account.id)

    async def opened(self, account: Account, handle: UUID) -> int:
        """Keep that a message was read, and return its case; raises `MessageNotFound`."""
        reader = reader_of(account)
        async with transaction(self.engine) as connection:
            case_id = await messages.case_of(connection, account.id, handle, reader_id=reader)
            if case_id is None:
                raise MessageNotFound
            await messages.mark_read(connection, account.id, [handle], reader_id=reader, now=self.clock())
            return case_id

    async def read_all(self, account: Account, handles: Sequence[UUID]) -> None:
        """Keep that this person read these messages: those that stood on their page."""
        async with transaction(self.engine) as connection:
            await messages.mark_read(
                connection, account.id, handles, reader_id=reader_of(account), now=self.clock()
            )

    async def wish(self, account: Account, wanted: MessageWishes) -> None:
        """Keep what this person's browser may show."""
        async with transaction(self.engine) as connection:
            await messages.save_wishes(connection, account.id, wanted)

    async def inbox(self, account: Account) -> Inbox:
        """Return what this person's pages show of their messages."""
        reader = reader_of(account)
        async with transaction(self.engine) as connection:
            wanted = await messages.wishes(connection, account.id)
            unread = await messages.unread(connection, account.id, reader_id=reader, most=MOST_COUNTED + 1)
            newest = (
                await messages.newest_unread(
                    connection,
                    account.id,
                    reader_id=reader,
                    since=self.clock() - NOTIFIED_FOR,
                    now=self.clock(),
                    most=MOST_NOTIFIED,
                )
                if wanted.kinds and unread
                else []
            )
        notified = tuple(each for each in newest if wanted.may_notify(each.kind, each.told_at))
        return Inbox(unread=unread, notified=notified)

    async def followed(self, account: Account, news: asyncio.Event) -> AsyncGenerator[Inbox | None, None]:
        """Yield this person's inbox again and again for a while; None while the database is away.

        Between two beats only what differs: else the moment would tell of a message they may not hear of yet.
        """
        until, clock = self.monotonic() + STREAM_SECONDS, asyncio.get_running_loop().time
        told, beat = None, clock()
        while not self.news.is_ended and self.monotonic() < until:
            news.clear()
            try:
                seen: Inbox | None = await self.inbox(account)
            except DatabaseUnavailable:
                seen = None
            if seen != told or clock() >= beat:
                told, beat = seen, clock() + PERIOD_SECONDS
                yield seen
            with suppress(TimeoutError):
                async with asyncio.timeout_at(beat):
                    await news.wait()
