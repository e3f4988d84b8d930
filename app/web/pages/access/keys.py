"""Keys' addresses, for administrators: which payment services call, and what can be done to their keys."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.database.access.api_keys import ApiKey
from app.review.access.administration import USUAL_OVERLAP, KeyRevoked, OverlapImpossible
from app.review.access.people import LONGEST_NAME, Ability
from app.web.dependencies import CHECKED, RowKey, Visitor, hand_of, require
from app.web.languages.sentences import worded
from app.web.pages.access.acts import KEY_ACTS, KeyAct
from app.web.pages.access.pages import (
    NOT_ADDED,
    NOT_DONE,
    KeyPage,
    KeysPage,
    Subject,
    access_frame,
    act_page,
    list_page,
    secret_page,
)
from app.web.pages.access.view import SHOWN, event_rows, key_row
from app.web.pages.rendering import render
from app.web.problems import own_sentence
from app.web.services import Access, AccessServices, Clock, ClockReading

router = APIRouter(include_in_schema=False)
PLACE = "/keys"

Admin = Annotated[Visitor, Depends(require(Ability.MANAGE_KEYS))]
REFUSALS = (KeyRevoked, OverlapImpossible, *NOT_DONE)
HOUR = timedelta(hours=1)
USUAL_HOURS = f"{USUAL_OVERLAP / HOUR:g}"


@router.get("/keys")
async def keys(access: Access, clock: Clock, admin: Admin) -> Response:
    """Show all keys."""
    return await _keys(access, clock, admin)


@router.post("/keys", dependencies=CHECKED)
async def add(
    request: Request,
    access: Access,
    clock: Clock,
    admin: Admin,
    name: Annotated[str, Form(max_length=LONGEST_NAME)] = "",
) -> Response:
    """Make a key for a new payment service, and show it this once."""
    try:
        client_id, secret = await access.key_administration.add(hand_of(request, admin.account), name)
    except NOT_ADDED as refusal:
        return await _keys(access, clock, admin, problem=worded(own_sentence(refusal)), name=name)
    return await _secret(access, admin, client_id, secret)


@router.get("/keys/{client_id}")
async def key(
    access: Access,
    clock: Clock,
    admin: Admin,
    client_id: RowKey,
    done: Annotated[KeyAct | None, Query()] = None,
) -> Response:
    """Show one key: what can be done, and what was."""
    found, _ = await access.key_administration.key(client_id)
    page = KeyPage(
        frame=access_frame(admin, found.name, here=PLACE),
        row=key_row(found, clock()),
        acts=tuple(KEY_ACTS.values()) if found.revoked_at is None else (),
        events=event_rows(await access.administration.history(client_id=client_id, limit=SHOWN)),
        message=worded("Revoked: refused everywhere.") if done is KeyAct.REVOKE else "",
    )
    return render("access/key.html", page)


@router.get("/keys/{client_id}/{act}")
async def ask(access: Access, admin: Admin, client_id: RowKey, act: KeyAct) -> Response:
    """Say what a move does, and ask why."""
    return await _asked(access, admin, client_id, act)


@router.post("/keys/{client_id}/{act}", dependencies=CHECKED)
async def do(
    request: Request,
    access: Access,
    admin: Admin,
    client_id: RowKey,
    act: KeyAct,
    seen: Annotated[int, Form(ge=0)],
    reason: Annotated[str, Form(max_length=2000)] = "",
    overlap_hours: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Make a move on the key that was looked at."""
    by = hand_of(request, admin.account)
    try:
        if act is KeyAct.REVOKE:
            await access.key_administration.revoke(by, client_id, reason=reason, seen=seen)
            return RedirectResponse(f"{PLACE}/{client_id}?done={act.value}", status_code=303)
        secret = await access.key_administration.rotate(
            by, client_id, reason=reason, overlap=_hours(overlap_hours), seen=seen
        )
    except REFUSALS as refusal:
        problem = worded(own_sentence(refusal))
        return await _asked(
            access, admin, client_id, act, problem=problem, reason=reason, overlap_hours=overlap_hours
        )
    return await _secret(access, admin, client_id, secret)


def _hours(written: str) -> timedelta:
    """Return hours as somebody wrote them: whole ones, in digits alone."""
    if not (written.isascii() and written.isdecimal() and len(written) <= 6):
        raise OverlapImpossible
    return int(written) * HOUR


async def _keys(
    access: AccessServices, clock: ClockReading, admin: Visitor, *, problem: str = "", name: str = ""
) -> Response:
    now = clock()
    page = KeysPage(
        frame=access_frame(admin, worded("Keys"), here=PLACE),
        rows=tuple(key_row(key, now) for key in await access.key_administration.keys()),
        problem=problem,
        name=name,
    )
    return list_page("access/keys.html", page)


async def _asked(
    access: AccessServices,
    admin: Visitor,
    client_id: int,
    act: KeyAct,
    *,
    problem: str = "",
    reason: str = "",
    overlap_hours: str = USUAL_HOURS,
) -> Response:
    found, seen = await access.key_administration.key(client_id)
    return act_page(
        access_frame(admin, KEY_ACTS[act].name, here=PLACE),
        _subject(found),
        KEY_ACTS[act],
        seen=seen,
        overlap_hours=overlap_hours,
        reason=reason,
        problem=problem,
    )


async def _secret(access: AccessServices, admin: Visitor, client_id: int, secret: str) -> Response:
    found, _ = await access.key_administration.key(client_id)
    return secret_page(access_frame(admin, "API key", here=PLACE), _subject(found), key=secret)


def _subject(key: ApiKey) -> Subject:
    return Subject(name=key.name, address=f"{PLACE}/{key.client_id}")
