"""`/metrics`: for Prometheus on this machine, or for whoever holds the token."""

import secrets
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.exceptions import HTTPException

from app.observability.fields import address_of
from app.web.services import AllServices

router = APIRouter(include_in_schema=False)

#: A proxy on this machine speaks for others, who are not here.
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@router.get("/metrics")
async def metrics(request: Request, services: AllServices) -> Response:
    """Return the metrics; without a token in the settings there is nothing here for other machines."""
    if not _is_local(request):
        _refuse_without(services.operations.metrics_token, request.headers.get("authorization", ""))
    siblings = services.metrics.siblings
    content = await (services.exposition() if siblings is None else siblings.gathered())
    return Response(content, media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _is_local(request: Request) -> bool:
    peer = address_of(request.scope.get("client"))
    is_direct = not any(name in request.headers for name in FORWARDED)
    return peer is not None and ip_address(peer).is_loopback and is_direct


def _refuse_without(token: str | None, authorization: str) -> None:
    if token is None:
        raise HTTPException(404, "Not Found")
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secrets.compare_digest(given.strip().encode(), token.encode()):
        raise HTTPException(401, "This needs the metrics' token.", {"WWW-Authenticate": "Bearer"})
