"""A body that is read once, and can be handed on as if nobody had read it."""

from starlette.types import Message, Receive


class ReceivedBody:
    """Keeps the messages it takes from the server, for whoever is asked to read the request instead."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._taken: list[Message] = []
        self._given = 0

    async def whole(self, *, most_bytes: int) -> bytes | None:
        """Return the body; None where it is longer, or the caller went away: no more is read than that."""
        size = 0
        while True:
            message = await self._receive()
            self._taken.append(message)
            if message["type"] != "http.request":
                return None
            size += len(message.get("body", b""))
            if size > most_bytes:
                return None
            if not message.get("more_body", False):
                return self._joined()

    async def again(self) -> Message:
        """Give the same messages again, then what the server has beyond them."""
        if self._given < len(self._taken):
            self._given += 1
            return self._taken[self._given - 1]
        return await self._receive()

    def _joined(self) -> bytes:
        first: bytes = self._taken[0].get("body", b"")
        if len(self._taken) == 1:
            return first
        return b"".join(message.get("body", b"") for message in self._taken)
