"""Ends streams and long polls when the access of their account or key is revoked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

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

    async def streamed(self, check: Check, items: AsyncIterator[Item]) -> AsyncIterator[Item]:
        """Pass the items on; raise what the check does as soon as it does."""
        with self._awake() as news:
            while True:
                item = await _while_in(news, check, _next(items))
                if item is _END:
                    return
                yield item  # type: ignore[misc]

    @contextmanager
    def _awake(self) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            yield event
        finally:
            self._waiting.discard(event)


async def _next(items: AsyncIterator[Item]) -> Item | object:
    return await anext(items, _END)


async def _while_in(news: asyncio.Event, check: Check, work: Awaitable[Item]) -> Item:
    task = asyncio.ensure_future(work)
    try:
        while True:
            heard = asyncio.ensure_future(news.wait())
            await asyncio.wait(
                {task, heard}, timeout=ASKED_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            heard.cancel()
            if task.done():
                return task.result()
            news.clear()
            try:
                await check()
            except DatabaseUnavailable:
                continue  # nobody can say; whoever was in stays until somebody can
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
