"""What there is at an address: which methods it takes, and where it is without a slash too many."""

from urllib.parse import quote

from fastapi import Request
from starlette.routing import Match
from starlette.types import Scope

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(request: Request) -> list[str]:
    """Return the methods that this address takes; HEAD stands wherever GET does."""
    found = [method for method in METHODS if _is_there(request, method, request.scope["path"])]
    return ["GET", "HEAD", *found[1:]] if found[:1] == ["GET"] else found


def without_slash(request: Request) -> str | None:
    """Return the same address without its last slashes, where there is something; else None.

    It has no scheme and no host: what a proxy made of those is not ours to know.
    """
    path = request.scope["path"]
    shorter = "/" + path.strip("/")
    if not path.endswith("/") or shorter == "/":
        return None
    if not any(_is_there(request, method, shorter) for method in METHODS):
        return None
    query = request.url.query
    return quote(shorter) + (f"?{query}" if query else "")


def _is_there(request: Request, method: str, path: str) -> bool:
    scope: Scope = {**request.scope, "method": method, "path": path}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)
