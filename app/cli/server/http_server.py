"""uvicorn's server, which tells when it is up and lets its command end in peace."""

import asyncio
import gc
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from app.cli.server.http_connection import close_overdue

# Young garbage is collected this rarely: a request makes some hundred objects, and hardly any cycle.
YOUNG_OBJECTS = 20_000


class Server(uvicorn.Server):
    """Sets `is_up` when it takes requests, and says when it stops, before it waits for open ones."""

    def __init__(self, config: uvicorn.Config, *, when_stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()
        self._when_stopping = when_stopping

    @property
    def start_fault(self) -> Exception | None:
        """What stopped the application from starting, if something did."""
        app: Any = self.config.app
        return getattr(app.state, "start_fault", None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so; raises what stopped the application from starting."""
        try:
            await super().startup(sockets)
        except SystemExit:
            if self.start_fault is not None:
                raise self.start_fault from None
            raise
        if self.started:
            _spare_the_collector()
            self.is_up.set()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; each second, let go of who is too slow to ask."""
        if counter % 10 == 0:
            close_overdue(self.server_state.connections, asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, once what has no end of its own was told to."""
        if self.started:
            self._when_stopping()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal without raising it again afterwards: the command still has to tidy up."""
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()


def _spare_the_collector() -> None:
    """Keep the half million objects of the start out of every later collection.

    Looking through them takes a fifth of a second, in which nobody is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 50, 100)
