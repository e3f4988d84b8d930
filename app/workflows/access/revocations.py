"""Ends streams and long polls when the access of their account or key is revoked."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any, TypeVar

from app.database.server.session import DatabaseUnavailable

Item = TypeVar("Item")

#: Asked again at least so often, should the database's word get lost.
ASKED_AGAIN_SECONDS = 0.8

#: Raises when whoever it is about may not come in any more.
Check = Callable[[], Awaitable[object]]
_END = object()


class AccessChanges:
    """Wakes streams and long polls when the database notifies that access changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    @property
    def waiting(self) -> int:
        """How much lasts just now."""
        return len(self._waiting)

    def tell(self) -> None:
        """Let everything that lasts look whether it may go on."""
        for event in self._waiting:
            event.set()

    async def while_in(self, check: Check, work: Awaitable[Item]) -> Item:
        """Return what the work returns, or raise what the check does as soon as it does."""
        with self._awake() as news:
            return await _while_in(news, check, work)

    async def streamed(self, check: Check, items: AsyncGenerator[Item, None]) -> AsyncGenerator[Item, None]:
        """Pass the items on; raise what the check does as soon as it does.

        However it ends, `items` are closed.
        """
        async with aclosing(items):
            with self._awake() as news:
                while (item := await _while_in(news, check, _next(items))) is not _END:
                    yield item  # type: ignore[misc]

    @contextmanager
    def _awake(self) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            yield event
        finally:
            self._waiting.discard(event)


async def _next(items: AsyncGenerator[Item, None]) -> Item | object:
    return await anext(items, _END)


async def _while_in(news: asyncio.Event, check: Check, work: Awaitable[Item]) -> Item:
    task = asyncio.ensure_future(work)
    try:
        while True:
            await _heard(news, task)
            if task.done():
                return task.result()
            news.clear()
            try:
                await check()
            except DatabaseUnavailable:
                continue  # nobody can say; whoever was in stays until somebody can
    finally:
        await _ended(task)


async def _heard(news: asyncio.Event, task: asyncio.Future[Any]) -> None:
    """Wait until there are news, the task is done, or it is time to ask again."""
    heard: asyncio.Future[Any] = asyncio.ensure_future(news.wait())
    try:
        await asyncio.wait({task, heard}, timeout=ASKED_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _ended(heard)


async def _ended(task: asyncio.Future[Any]) -> None:
    """Cancel a task and wait until it is over, also while its own caller is cancelled.

    One that is left to itself may be collected while it waits: "Task was destroyed but it is pending!".
    """
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
