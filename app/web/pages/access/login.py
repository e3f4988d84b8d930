"""Log in by password or one-time link, back to the page asked for or the role's first page; log out."""

from dataclasses import dataclass
from math import ceil
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.observability.fields import address_of
from app.observability.logs import logger_of
from app.review.access.people import LONGEST_NAME, Ability
from app.web.dependencies import (
    CHECKED,
    WHY_ENDED,
    CurrentVisitor,
    caller_source,
    same_origin,
    session_cookie,
    why_ended,
)
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.frame import Frame
from app.web.pages.rendering import render
from app.web.request_log import record_of
from app.web.services import Access, services_of
from app.workflows.access.accounts import LoginRefused, TooManyAttempts

router = APIRouter(include_in_schema=False)
logger = logger_of(__name__)

WRONG = marked("This name and password do not fit. Check both; capitals count in the password.")
TOO_MANY = marked(
    "Too many wrong attempts under this name from where you are. Try again in %(wait)s,"
    " or ask an administrator for a one-time link."
)
LINK_SPENT = marked("This link was used already or is too old. Ask an administrator for a new one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage:
    """The door."""

    frame: Frame
    name: str
    problem: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPage:
    """What a one-time link shows: a button, because programs that look at links press none."""

    frame: Frame
    token: str


@router.get("/")
async def home(visitor: CurrentVisitor) -> Response:
    """Go where this role works."""
    may = visitor.account.may
    if may(Ability.SEE_POLICIES):
        return _to("/thresholds")
    return _to("/review" if may(Ability.JUDGE) else "/queue")


@router.get("/login")
async def ask(request: Request, next: str = "/") -> Response:  # noqa: A002 - the address says `next`
    """Show the door; to whom an administrator shut out, with why."""
    because = await why_ended(request)
    return _door(next=next, problem=worded(WHY_ENDED[because]) if because is not None else "")


@router.post("/login", dependencies=[Depends(same_origin)])
async def log_in(
    request: Request,
    access: Access,
    name: Annotated[str, Form(max_length=LONGEST_NAME)] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the field is called `next`
) -> Response:
    """Check a name and a password."""
    try:
        token = await access.accounts.login(name, password, source=caller_source(request))
    except LoginRefused:
        await _tell_refused(request, "wrong", name)
        return _door(name=name, problem=worded(WRONG), next=next, status=401)
    except TooManyAttempts as refusal:
        await _tell_refused(request, "too-many-attempts", name)
        problem = worded(TOO_MANY, wait=formatting.duration(refusal.wait))
        refused = _door(name=name, problem=problem, next=next, status=429)
        refused.headers["Retry-After"] = str(ceil(refusal.wait.total_seconds()))
        return refused
    return await _inside(request, token, access.accounts.session_lasts.total_seconds(), _local(next))


@router.get("/login/{token}")
@router.head("/login/{token}")
async def look_at_link(access: Access, token: str) -> Response:
    """Show the button that spends a one-time link: mail programs and scanners look, and change nothing."""
    if not await access.accounts.is_link_open(token):
        return _door(problem=worded(LINK_SPENT), status=401)
    return render("link.html", LinkPage(frame=Frame.anonymous(worded("Log in")), token=token))


@router.post("/login/{token}", dependencies=[Depends(same_origin)])
async def follow_link(request: Request, access: Access, token: str) -> Response:
    """Spend a one-time link."""
    try:
        session = await access.accounts.login_by_link(token)
    except LoginRefused:
        await _tell_refused(request, "link-spent")
        return _door(problem=worded(LINK_SPENT), status=401)
    return await _inside(request, session, access.accounts.session_lasts.total_seconds(), "/")


@router.post("/logout", dependencies=CHECKED)
async def log_out(request: Request, access: Access) -> Response:
    """End the session."""
    name = session_cookie(request)
    await access.accounts.logout(request.cookies[name])
    response = _to("/login")
    response.delete_cookie(
        name, path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax"
    )
    return response


def _door(*, name: str = "", problem: str = "", next: str = "/", status: int = 200) -> Response:  # noqa: A002
    page = LoginPage(frame=Frame.anonymous(worded("Log in")), name=name, problem=problem, next=_local(next))
    return render("login.html", page, status=status)


async def _tell_refused(request: Request, result: str, name: str | None = None) -> None:
    """Log and count a refused login: whose account was tried, where there is such a one, and from where.

    A name nobody has is not told: it may be a password in the wrong field.
    """
    services, record = services_of(request), record_of(request.scope)
    record.refusal = result
    services.metrics.logins.labels(result).inc()
    account_id = await services.access.accounts.account_id(name) if name is not None else None
    logger.warning(
        "login refused", result=result, account_id=account_id, peer=address_of(request.scope.get("client"))
    )


async def _inside(request: Request, token: str, lasts_seconds: float, target: str) -> Response:
    services = services_of(request)
    services.metrics.logins.labels("logged-in").inc()
    found = await services.access.accounts.visitor(token)
    account_id = found[0].id if found is not None else None
    logger.info("logged in", account_id=account_id, peer=address_of(request.scope.get("client")))
    response = _to(target)
    response.set_cookie(
        session_cookie(request),
        token,
        max_age=int(lasts_seconds),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})


def _local(address: str) -> str:
    """Return the address if it is one of ours: a login must not send anybody to another site."""
    if (
        not address.startswith("/")
        or address.startswith("//")
        or "\\" in address
        or not address.isprintable()
    ):
        return "/"
    path = urlsplit(address).path
    # The door itself, and what only forms reach, are no places to be.
    return "/" if path.startswith(("/login", "/logout", "//")) else address
