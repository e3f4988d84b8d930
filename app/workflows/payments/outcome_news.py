"""Who waits for which outcome, inside this process."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class OutcomeNews:
    """Wakes those who wait for a transaction's outcome when the database says it is settled."""

    def __init__(self) -> None:
        self._waiting: defaultdict[int, set[asyncio.Event]] = defaultdict(set)
        self.is_over = False

    @asynccontextmanager
    async def of(self, transaction_key: int) -> AsyncIterator[asyncio.Event]:
        """Give an event that is set when this transaction's outcome may have been settled."""
        event = asyncio.Event()
        self._waiting[transaction_key].add(event)
        try:
            yield event
        finally:
            self._waiting[transaction_key].discard(event)
            if not self._waiting[transaction_key]:
                del self._waiting[transaction_key]

    def tell(self, transaction_key: int) -> None:
        """Wake those who wait for this one."""
        for event in self._waiting.get(transaction_key, ()):
            event.set()

    def tell_all(self) -> None:
        """Wake everybody to look again: news may have been missed."""
        for key in list(self._waiting):
            self.tell(key)

    def end(self) -> None:
        """Let everybody go who waits, and nobody wait from now on: the service stops."""
        self.is_over = True
        self.tell_all()
