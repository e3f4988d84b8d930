"""Pages of people and keys: the lists, one of them, a move before it is made, and a secret shown once."""

from dataclasses import dataclass
from http import HTTPStatus

from fastapi.responses import Response

from app.database.access.accounts import NameTaken
from app.review.access.administration import AccessChanged, AccessUnchanged, AdminNoMore, WhyMissing
from app.review.access.people import NameImpossible
from app.review.card_numbers.masking import without_card_numbers
from app.review.card_numbers.rule import CardNumberWritten
from app.web.dependencies import Visitor
from app.web.languages.sentences import worded
from app.web.pages.access.acts import ROLES, Act
from app.web.pages.access.view import EventRow, KeyRow, PersonRow
from app.web.pages.frame import Frame, frame
from app.web.pages.rendering import render

#: Why a person or a key is not added, and why a move on one is not made: the form is shown again and says so.
NOT_ADDED = (NameTaken, NameImpossible, AdminNoMore)
NOT_DONE = (AccessUnchanged, AccessChanged, AdminNoMore, WhyMissing, CardNumberWritten)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """All people, a form for a new one, and what was done lately."""

    frame: Frame
    rows: tuple[PersonRow, ...]
    active: int
    roles: tuple[str, ...]
    events: tuple[EventRow, ...]
    problem: str
    name: str
    display_name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """One person: what can be done, and what was."""

    frame: Frame
    row: PersonRow
    acts: tuple[Act, ...]
    events: tuple[EventRow, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPage:
    """All keys, and a form for a new one."""

    frame: Frame
    rows: tuple[KeyRow, ...]
    problem: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPage:
    """One key: what can be done, and what was."""

    frame: Frame
    row: KeyRow
    acts: tuple[Act, ...]
    events: tuple[EventRow, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPage:
    """A move before it is made: what it does, and why."""

    frame: Frame
    #: Whom or what it is about, by name, and its own page.
    subject: str
    back: str
    act: Act
    #: What was done last to whom or what this page shows: the move is refused after more was.
    seen: int
    roles: tuple[str, ...]
    role: str
    overlap_hours: str
    reason: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The person or the key that an administrator looks at."""

    name: str
    #: Its own page.
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPage:
    """A login link or a key, shown this once."""

    frame: Frame
    subject: str
    back: str
    kind: str
    secret: str
    advice: str


def access_frame(admin: Visitor, title: str, *, here: str) -> Frame:
    """Return the frame of a page about people or keys, as `here` says."""
    return frame(admin.account, admin.csrf_token, title=title, here=here, notices=admin.notices)


def list_page(template: str, page: PeoplePage | KeysPage) -> Response:
    """Show all people or all keys, and why none was added where there is a problem."""
    return render(template, page, status=HTTPStatus.UNPROCESSABLE_ENTITY if page.problem else HTTPStatus.OK)


def act_page(
    frame: Frame,
    subject: Subject,
    act: Act,
    *,
    seen: int,
    role: str = "",
    overlap_hours: str = "",
    reason: str = "",
    problem: str = "",
) -> Response:
    """Say what a move does and ask why; with a problem, why it was not made."""
    page = ActPage(
        frame=frame,
        subject=subject.name,
        back=subject.address,
        act=act,
        seen=seen,
        roles=ROLES if role else (),
        role=role,
        overlap_hours=overlap_hours,
        reason=without_card_numbers(reason),
        problem=problem,
    )
    return render("access/act.html", page, status=HTTPStatus.CONFLICT if problem else HTTPStatus.OK)


def secret_page(frame: Frame, subject: Subject, *, login_link: str = "", key: str = "") -> Response:
    """Show a secret; the page is kept by no cache, and made from nothing that is stored."""
    if login_link:
        kind, advice = (
            worded("One-time login link"),
            worded("It logs in once, within a day. Send it by a way only they read."),
        )
    else:
        kind, advice = (
            "API key",
            worded("The payment service sends it as X-API-Key. Put it where its secrets are kept."),
        )
    page = SecretPage(
        frame=frame,
        subject=subject.name,
        back=subject.address,
        kind=kind,
        secret=login_link or key,
        advice=advice,
    )
    return render("access/secret.html", page)
