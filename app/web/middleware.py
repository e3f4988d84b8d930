"""What every request passes: a limit on its body, and the security headers of its answer."""

import asyncio
import re

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.review.discussion.attachments import LARGEST_FILE
from app.web.request_log import ASKED_METHOD

SMALL_BODY_BYTES = 64 * 1024
LARGE_BODY_BYTES = 32 * 1024 * 1024
LARGE_BODIES = frozenset({"/v1/transactions/batch", "/v1/labels", "/models/train/start"})
#: What is put to a case: a small file, and the form around it.
ATTACHED = re.compile(r"/cases/[0-9]+/attachments")
ATTACHED_BYTES = LARGEST_FILE + SMALL_BODY_BYTES
#: A file that is put here is counted by whoever keeps it, to a limit that is a setting.
FILES = "/models/train/files/"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class BodyLimit:
    """Refuses a body beyond its path's limit with 413, whether its length was told or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the body's bytes as they arrive."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"} or _is_file(scope):
            await self._app(scope, receive, send)
            return
        limit = _limit(scope["path"])
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, f"The body is larger than {limit // 1024} KiB.")
            return message

        await self._app(scope, limited, send)


def _limit(path: str) -> int:
    if path in LARGE_BODIES:
        return LARGE_BODY_BYTES
    return ATTACHED_BYTES if ATTACHED.fullmatch(path) else SMALL_BODY_BYTES


def _is_file(scope: Scope) -> bool:
    return bool(scope["method"] == "PUT" and scope["path"].startswith(FILES))


class SecurityHeaders:
    """Adds the headers that forbid an answer what it does not need; static files may be cached."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add each header that the answer does not set itself."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(header for header in self._headers if header[0] not in present),
                ]
            await send(message)

        await self._app(scope, receive, guarded)


class HeadAsGet:
    """Answers HEAD wherever GET is answered, with the same headers and without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask for the same by GET, and send on what stands before the body."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_answered = asyncio.Event()

        async def gone_when_answered() -> Message:
            # An answer without an end would be made for nobody: whoever sends it is told to stop.
            await is_answered.wait()
            return {"type": "http.disconnect"}

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})
                is_answered.set()

        as_get = {**scope, "method": "GET", ASKED_METHOD: "HEAD"}
        await self._app(as_get, gone_when_answered, without_body)
