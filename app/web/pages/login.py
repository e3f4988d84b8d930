"""In and out: a password or a one-time link, and the right first page for each role."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.review.people import Ability
from app.web.dependencies import SESSION_COOKIE, CurrentVisitor, Services, same_origin, verify_csrf
from app.web.pages.frame import Frame
from app.web.pages.rendering import render
from app.workflows.people import LoginRefused, TooManyAttempts

router = APIRouter(include_in_schema=False)

WRONG = "This name and password do not fit. Check both; capitals count in the password."
TOO_MANY = (
    "Too many wrong attempts under this name. Wait a quarter of an hour,"
    " or ask an administrator for a one-time link."
)
LINK_SPENT = "This link was used already or is too old. Ask an administrator for a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage:
    """The door."""

    frame: Frame
    name: str
    problem: str
    next: str


@router.get("/")
async def home(visitor: CurrentVisitor) -> Response:
    """Go where this role works."""
    may = visitor.account.may
    if may(Ability.SEE_POLICIES):
        return _to("/thresholds")
    return _to("/desk" if may(Ability.JUDGE) else "/queue")


@router.get("/login")
async def ask(next: str = "/") -> Response:  # noqa: A002 - the address says `next`
    """Show the door."""
    return _door(next=next)


@router.post("/login", dependencies=[Depends(same_origin)])
async def log_in(
    request: Request,
    everything: Services,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the field is called `next`
) -> Response:
    """Check a name and a password."""
    try:
        token = await everything.people.login(name.strip(), password)
    except LoginRefused:
        return _door(name=name, problem=WRONG, next=next, status=401)
    except TooManyAttempts:
        return _door(name=name, problem=TOO_MANY, next=next, status=429)
    return _inside(request, token, everything.people.session_lasts.total_seconds(), _local(next))


@router.head("/login/{token}")
async def look_at_link(token: str) -> Response:  # noqa: ARG001 - looking must not spend it
    """Answer programs that only look whether a link is there: it stays unspent."""
    return Response(headers={"Cache-Control": "no-store"})


@router.get("/login/{token}")
async def follow_link(request: Request, everything: Services, token: str) -> Response:
    """Spend a one-time link."""
    try:
        session = await everything.people.login_by_link(token)
    except LoginRefused:
        return _door(problem=LINK_SPENT, status=401)
    return _inside(request, session, everything.people.session_lasts.total_seconds(), "/")


@router.post("/logout", dependencies=[Depends(verify_csrf)])
async def log_out(request: Request, everything: Services) -> Response:
    """End the session."""
    await everything.people.logout(request.cookies[SESSION_COOKIE])
    response = _to("/login")
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


def _door(*, name: str = "", problem: str = "", next: str = "/", status: int = 200) -> Response:  # noqa: A002
    page = LoginPage(frame=Frame.outside("Log in"), name=name, problem=problem, next=_local(next))
    return render("login.html", page, status=status)


def _inside(request: Request, token: str, lasts_seconds: float, target: str) -> Response:
    response = _to(target)
    response.set_cookie(
        SESSION_COOKIE,
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
    is_ours = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if is_ours and address.isprintable() else "/"
