"""Keys by API: an administrator makes them, replaces them, and revokes them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.review.access.administration import Hand
from app.review.access.people import Ability
from app.web.api.access.accounts import PROBLEMS, hand_with
from app.web.api.access.schemas import (
    AccessHistoryOut,
    Because,
    KeyOut,
    KeysOut,
    NewKey,
    Rotating,
    SecretOut,
)
from app.web.api.json_bodies import JsonRoute
from app.web.api.policies.routes import Before, Limit
from app.web.dependencies import RowKey
from app.web.services import Access, AccessServices

router = APIRouter(prefix="/v1/keys", tags=["keys"], responses=PROBLEMS, route_class=JsonRoute)


Admin = Annotated[Hand, Depends(hand_with(Ability.MANAGE_KEYS))]


@router.get("", summary="All keys")
async def get_keys(_admin: Admin, access: Access) -> KeysOut:
    """Return all keys, those that work first."""
    return KeysOut(keys=[KeyOut.of(key) for key in await access.key_administration.keys()])


@router.post("", status_code=201, summary="Make a key")
async def post_key(body: NewKey, admin: Admin, access: Access, response: Response) -> SecretOut:
    """Make a key for a new payment service; it is shown this once."""
    client_id, secret = await access.key_administration.add(admin, body.name)
    response.headers["Location"] = f"/v1/keys/{client_id}"
    return SecretOut(key=await _key(access, client_id), secret=secret)


@router.get("/{client_id}", summary="One key")
async def get_key(client_id: RowKey, _admin: Admin, access: Access) -> KeyOut:
    """Return one key: everything but its secret."""
    return await _key(access, client_id)


@router.get("/{client_id}/history", summary="What was done to a key")
async def get_key_history(
    client_id: RowKey, _admin: Admin, access: Access, before: Before = None, limit: Limit = 50
) -> AccessHistoryOut:
    """Return what was done to one key, the newest first."""
    await access.key_administration.key(client_id)
    found = await access.administration.history(client_id=client_id, before=before, limit=limit + 1)
    return AccessHistoryOut.of(found, limit=limit)


@router.post("/{client_id}/rotate", summary="Replace a key")
async def post_rotation(client_id: RowKey, body: Rotating, admin: Admin, access: Access) -> SecretOut:
    """Make a new key; the one before goes on working for the overlap, on every replica, then ends."""
    secret = await access.key_administration.rotate(
        admin, client_id, reason=body.reason, overlap=body.overlap
    )
    return SecretOut(key=await _key(access, client_id), secret=secret)


@router.post("/{client_id}/revoke", summary="Revoke a key")
async def post_revocation(client_id: RowKey, body: Because, admin: Admin, access: Access) -> KeyOut:
    """Let no key of a payment service work any more, at once and on every replica."""
    await access.key_administration.revoke(admin, client_id, reason=body.reason)
    return await _key(access, client_id)


async def _key(access: AccessServices, client_id: int) -> KeyOut:
    key, _ = await access.key_administration.key(client_id)
    return KeyOut.of(key)
