"""People's addresses, for administrators: who there is, and what can be done to whom."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from app.database.access.administration import Person
from app.review.access.administration import AccessUnchanged, Hand, LastAdmin
from app.review.access.people import LONGEST_NAME, Ability, Role
from app.web.dependencies import CHECKED, RowKey, Visitor, hand_of, require
from app.web.languages.sentences import marked, worded
from app.web.pages.access.acts import PERSON_ACTS, ROLES, PersonAct, person_acts
from app.web.pages.access.pages import (
    NOT_ADDED,
    NOT_DONE,
    PeoplePage,
    PersonPage,
    Subject,
    access_frame,
    act_page,
    list_page,
    secret_page,
)
from app.web.pages.access.view import SHOWN, event_rows, person_row
from app.web.pages.rendering import render
from app.web.problems import own_sentence
from app.web.services import Access, AccessServices, Clock, ClockReading

router = APIRouter(include_in_schema=False)
PLACE = "/people"

Admin = Annotated[Visitor, Depends(require(Ability.MANAGE_PEOPLE))]
REFUSALS = (LastAdmin, *NOT_DONE)
Named = Annotated[str, Form(max_length=LONGEST_NAME)]
#: What was done last, as the page one comes back to says it.
DONE = {
    PersonAct.ROLE: marked("The role is changed."),
    PersonAct.SIGN_OUT: marked("Signed out everywhere."),
    PersonAct.DEACTIVATE: marked("Deactivated: shut out everywhere."),
    PersonAct.ACTIVATE: marked("Activated. A new login link lets them in."),
}


class MoveForm(BaseModel):
    """A move as its page sends it."""

    seen: int = Field(ge=0)
    reason: str = Field(default="", max_length=2000)
    role: Role | None = None
    tokens: bool = False


@router.get("/people")
async def people(access: Access, clock: Clock, admin: Admin) -> Response:
    """Show all people."""
    return await _people(access, clock, admin)


@router.post("/people", dependencies=CHECKED)
async def add(
    request: Request,
    access: Access,
    clock: Clock,
    admin: Admin,
    name: Named = "",
    display_name: Named = "",
    role: Annotated[Role, Form()] = Role.ANALYST,
) -> Response:
    """Add a person, and show their login link this once."""
    try:
        account_id, token = await access.administration.add(
            hand_of(request, admin.account), name=name, display_name=display_name, role=role
        )
    except NOT_ADDED as refusal:
        return await _people(
            access,
            clock,
            admin,
            problem=worded(own_sentence(refusal)),
            name=name,
            display_name=display_name,
            role=role,
        )
    return await _link(request, access, admin, account_id, token)


@router.get("/people/{account_id}")
async def person(
    access: Access,
    clock: Clock,
    admin: Admin,
    account_id: RowKey,
    done: Annotated[PersonAct | None, Query()] = None,
) -> Response:
    """Show one person: what can be done, and what was."""
    found, _ = await access.administration.person(account_id)
    events = await access.administration.history(account_id=account_id, limit=SHOWN)
    page = PersonPage(
        frame=access_frame(admin, found.account.display_name, here=PLACE),
        row=person_row(found, clock()),
        acts=person_acts(is_active=found.is_active),
        events=event_rows(events),
        message=DONE.get(done, "") if done is not None else "",
    )
    return render("access/person.html", page)


@router.get("/people/{account_id}/{act}")
async def ask(access: Access, admin: Admin, account_id: RowKey, act: PersonAct) -> Response:
    """Say what a move does, and ask why."""
    return await _asked(access, admin, account_id, act)


@router.post("/people/{account_id}/{act}", dependencies=CHECKED)
async def do(
    request: Request,
    access: Access,
    admin: Admin,
    account_id: RowKey,
    act: PersonAct,
    form: Annotated[MoveForm, Form()],
) -> Response:
    """Make a move on the person that was looked at."""
    try:
        token = await _made(access, hand_of(request, admin.account), account_id, act, form)
    except REFUSALS as refusal:
        return await _asked(access, admin, account_id, act, problem=worded(own_sentence(refusal)), form=form)
    if token is not None:
        return await _link(request, access, admin, account_id, token)
    return RedirectResponse(f"{PLACE}/{account_id}?done={act.value}", status_code=303)


async def _made(
    access: AccessServices, by: Hand, account_id: int, act: PersonAct, form: MoveForm
) -> str | None:
    """Make a move; return the token of a login link where it makes one."""
    to, reason, seen = access.administration, form.reason, form.seen
    match act:
        case PersonAct.LINK:
            return await to.new_link(by, account_id, seen=seen)
        case PersonAct.RESET:
            return await to.reset(by, account_id, reason=reason, seen=seen)
        case PersonAct.DEACTIVATE:
            await to.deactivate(by, account_id, reason=reason, seen=seen)
        case PersonAct.ACTIVATE:
            await to.activate(by, account_id, reason=reason, seen=seen)
        case PersonAct.SIGN_OUT:
            await to.sign_out(by, account_id, reason=reason, tokens=form.tokens, seen=seen)
        case PersonAct.ROLE:
            if form.role is None:
                raise AccessUnchanged
            await to.change_role(by, account_id, form.role, reason=reason, seen=seen)
    return None


async def _people(
    access: AccessServices,
    clock: ClockReading,
    admin: Visitor,
    *,
    problem: str = "",
    name: str = "",
    display_name: str = "",
    role: Role = Role.ANALYST,
) -> Response:
    found, now = await access.administration.everybody(), clock()
    page = PeoplePage(
        frame=access_frame(admin, worded("People"), here=PLACE),
        rows=tuple(person_row(person, now) for person in found),
        active=sum(person.is_active for person in found),
        roles=ROLES,
        events=event_rows(await access.administration.history(limit=SHOWN)),
        problem=problem,
        name=name,
        display_name=display_name,
        role=role.value,
    )
    return list_page("access/people.html", page)


async def _asked(
    access: AccessServices,
    admin: Visitor,
    account_id: int,
    act: PersonAct,
    *,
    problem: str = "",
    form: MoveForm | None = None,
) -> Response:
    found, seen = await access.administration.person(account_id)
    return act_page(
        access_frame(admin, PERSON_ACTS[act].name, here=PLACE),
        _subject(found),
        PERSON_ACTS[act],
        seen=seen,
        role=((form.role if form is not None else None) or found.account.role).value,
        reason=form.reason if form is not None else "",
        problem=problem,
    )


async def _link(
    request: Request, access: AccessServices, admin: Visitor, account_id: int, token: str
) -> Response:
    found, _ = await access.administration.person(account_id)
    around = access_frame(admin, worded("Login link"), here=PLACE)
    return secret_page(around, _subject(found), login_link=f"{request.base_url}login/{token}")


def _subject(person: Person) -> Subject:
    return Subject(name=person.account.display_name, address=f"{PLACE}/{person.account.id}")
