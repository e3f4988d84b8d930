"""Where pages used to be: for one release, whoever asks there is sent on, with method, query and all."""

import re
from http import HTTPStatus

from starlette.datastructures import URL
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

MOVED = {
    "desk": "review",
    "floor": "operations",
    "campaigns": "linked-cases",
    "escalated": "escalations",
}
OLD = re.compile(rf"/({'|'.join(MOVED)})(?=/|\.csv$|$)")


class OldAddresses:
    """Answers what was asked at an old address with the new one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send on what begins with an old name; pass everything else."""
        found = OLD.match(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        # The path as it was sent: what is quoted in it stays quoted.
        sent = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        path = f"/{MOVED[found[1]]}{sent[found.end() :]}"
        there = str(URL(path).replace(query=scope["query_string"].decode("latin-1")))
        await RedirectResponse(there, status_code=HTTPStatus.PERMANENT_REDIRECT)(scope, receive, send)
