"""One connection of the HTTP server: whoever is slow to ask is let go in time."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.web.middleware import SECURITY_HEADERS

# Longer than proxies keep theirs (nginx: 60 s), so that it is never we who close under a new request.
KEEP_ALIVE_SECONDS = 75


class Connection(HttpToolsProtocol):
    """uvicorn's connection, which knows since when it waits for the rest of a request.

    The server asks `is_overdue` now and then; a timer for each request would cost more.
    """

    #: A request's head fits in a packet or two; ten seconds are for networks that lose some.
    head_seconds = 10.0
    #: The largest body allowed, at half a megabyte a second.
    body_seconds = 60.0
    #: How long a caller who was answered early may go on sending before the connection ends: closed at
    #: once, many clients would never read the answer.
    linger_seconds = 5.0

    #: Since when the head, or the body, of a request has been arriving (the loop's time in seconds).
    head_since: float | None = None
    body_since: float | None = None
    has_asked = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a head from now on."""
        super().connection_made(transport)
        self.head_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Take in what arrives; where nothing was on its way it is the beginning of a head."""
        if self.head_since is None and self.body_since is None:
            self.head_since = self.loop.time()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Expect a body from now on."""
        super().on_headers_complete()
        self.head_since, self.body_since = None, self.loop.time()
        self.has_asked = True

    def on_message_complete(self) -> None:
        """Expect nothing: the request is whole."""
        super().on_message_complete()
        self.body_since = None

    def is_overdue(self, now: float) -> bool:
        """Whether the rest of a request should have been here by now."""
        if self.head_since is not None:
            return now - self.head_since > self.head_seconds
        if self.body_since is not None:
            is_answered = self.cycle.response_complete
            return now - self.body_since > (self.linger_seconds if is_answered else self.body_seconds)
        return False

    def let_go(self) -> None:
        """Close the connection, with a word where no answer has begun."""
        if not self.has_asked or (self.body_since is not None and not self.cycle.response_started):
            self.refuse(408, "Request Timeout", "The request did not arrive in time.")
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self.refuse(400, "Bad Request", msg)
        self.transport.close()

    def refuse(self, status: int, phrase: str, sentence: str) -> None:
        """Write an answer of a line, past the application, and announce the end of the connection."""
        headers = SECURITY_HEADERS | {
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(sentence)),
            "Connection": "close",
        }
        lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        self.transport.write(("\r\n".join(lines) + "\r\n\r\n" + sentence).encode("latin-1"))


def close_overdue(connections: "set[Any]", now: float) -> None:
    """Let go of every connection that has waited too long for the rest of a request."""
    for connection in list(connections):
        if isinstance(connection, Connection) and connection.is_overdue(now):
            connection.let_go()
