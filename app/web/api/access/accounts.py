"""People by API: an administrator lets them in, changes their role, and shuts them out."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.review.access.administration import Hand
from app.review.access.people import Ability, Account
from app.web.api.access.schemas import (
    AccessHistoryOut,
    Because,
    LinkOut,
    NewPerson,
    NewRole,
    PeopleOut,
    PersonOut,
    SigningOut,
)
from app.web.api.json_bodies import JsonRoute
from app.web.api.policies.routes import Before, Limit
from app.web.dependencies import RowKey, able, hand_of
from app.web.problems import Problem
from app.web.services import Access, AccessServices

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "The personal access token is missing, unknown or over."},
    403: {"model": Problem, "description": "Your role does not include this."},
    404: {"model": Problem, "description": "There is nobody and nothing with this id."},
    409: {"model": Problem, "description": "It stands like that already, or nobody could undo it."},
    422: {"model": Problem, "description": "A field is wrong; the problem names it."},
    503: {"model": Problem, "description": "Come back after Retry-After seconds with the same request."},
}

router = APIRouter(prefix="/v1/people", tags=["people"], responses=PROBLEMS, route_class=JsonRoute)


def hand_with(ability: Ability) -> Callable[..., Awaitable[Hand]]:
    """Return a dependency that says by whose hand something is changed; raises `NotAllowed`."""

    async def hand(request: Request, account: Annotated[Account, Depends(able(ability))]) -> Hand:
        return hand_of(request, account)

    return hand


Admin = Annotated[Hand, Depends(hand_with(Ability.MANAGE_PEOPLE))]


@router.get("", summary="All people")
async def get_people(_admin: Admin, access: Access) -> PeopleOut:
    """Return all people, those who are active first."""
    found = await access.administration.everybody()
    return PeopleOut(people=[PersonOut.of(person) for person in found])


@router.post("", status_code=201, summary="Let somebody in")
async def post_person(body: NewPerson, admin: Admin, access: Access, response: Response) -> LinkOut:
    """Add a person, and return their one-time login link, which is shown this once."""
    account_id, token = await access.administration.add(
        admin, name=body.name, display_name=body.display_name, role=body.role
    )
    response.headers["Location"] = f"/v1/people/{account_id}"
    return await _link(access, account_id, token)


@router.get("/history", summary="What was done to people and keys")
async def get_history(
    _admin: Admin, access: Access, before: Before = None, limit: Limit = 50
) -> AccessHistoryOut:
    """Return what administrators did, the newest first."""
    found = await access.administration.history(before=before, limit=limit + 1)
    return AccessHistoryOut.of(found, limit=limit)


@router.get("/{account_id}", summary="One person")
async def get_person(account_id: RowKey, _admin: Admin, access: Access) -> PersonOut:
    """Return one person."""
    return await _person(access, account_id)


@router.get("/{account_id}/history", summary="What was done to a person's access")
async def get_person_history(
    account_id: RowKey, _admin: Admin, access: Access, before: Before = None, limit: Limit = 50
) -> AccessHistoryOut:
    """Return what was done to one person's access, the newest first."""
    await access.administration.person(account_id)
    found = await access.administration.history(account_id=account_id, before=before, limit=limit + 1)
    return AccessHistoryOut.of(found, limit=limit)


@router.post("/{account_id}/link", summary="Make a one-time login link")
async def post_link(account_id: RowKey, admin: Admin, access: Access) -> LinkOut:
    """Return a fresh one-time link, which takes the place of one that was not used."""
    token = await access.administration.new_link(admin, account_id)
    return await _link(access, account_id, token)


@router.post("/{account_id}/deactivate", summary="Shut somebody out")
async def post_deactivation(account_id: RowKey, body: Because, admin: Admin, access: Access) -> PersonOut:
    """End sessions, links and tokens at once, on every replica; cases go back with their drafts."""
    await access.administration.deactivate(admin, account_id, reason=body.reason)
    return await _person(access, account_id)


@router.post("/{account_id}/activate", summary="Let somebody in again")
async def post_activation(account_id: RowKey, body: Because, admin: Admin, access: Access) -> PersonOut:
    """Let somebody in again; what they had before stays ended, so they need a new link."""
    await access.administration.activate(admin, account_id, reason=body.reason)
    return await _person(access, account_id)


@router.post("/{account_id}/role", summary="Give somebody another role")
async def post_role(account_id: RowKey, body: NewRole, admin: Admin, access: Access) -> PersonOut:
    """Change a role from that person's next request on; cases that are not for it go back."""
    await access.administration.change_role(admin, account_id, body.role, reason=body.reason)
    return await _person(access, account_id)


@router.post("/{account_id}/reset", summary="Reset a login")
async def post_reset(account_id: RowKey, body: Because, admin: Admin, access: Access) -> LinkOut:
    """Take a password away, end all sessions, and return a one-time link."""
    token = await access.administration.reset(admin, account_id, reason=body.reason)
    return await _link(access, account_id, token)


@router.post("/{account_id}/sign-out", summary="Sign somebody out")
async def post_sign_out(account_id: RowKey, body: SigningOut, admin: Admin, access: Access) -> PersonOut:
    """End all sessions and unused links; with `tokens`, the access tokens, too."""
    await access.administration.sign_out(admin, account_id, reason=body.reason, tokens=body.tokens)
    return await _person(access, account_id)


async def _person(access: AccessServices, account_id: int) -> PersonOut:
    person, _ = await access.administration.person(account_id)
    return PersonOut.of(person)


async def _link(access: AccessServices, account_id: int, token: str) -> LinkOut:
    return LinkOut(person=await _person(access, account_id), login_path=f"/login/{token}")
