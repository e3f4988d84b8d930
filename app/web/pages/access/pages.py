"""Pages of people and keys: the lists, one of them, a move before it is made, and a secret shown once."""

from dataclasses import dataclass

from fastapi.responses import Response

from app.web.pages.access.acts import Act
from app.web.pages.access.view import EventRow, KeyRow, PersonRow
from app.web.pages.frame import Frame
from app.web.pages.rendering import render


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
class SecretPage:
    """A login link or a key, shown this once."""

    frame: Frame
    subject: str
    back: str
    kind: str
    secret: str
    advice: str


def secret_page(frame: Frame, *, subject: str, back: str, login_link: str = "", key: str = "") -> Response:
    """Show a secret; the page is kept by no cache, and made from nothing that is stored."""
    if login_link:
        kind, advice = (
            "One-time login link",
            "It logs in once, within a day. Send it by a way only they read.",
        )
    else:
        kind, advice = (
            "API key",
            "The payment service sends it as X-API-Key. Put it where its secrets are kept.",
        )
    page = SecretPage(
        frame=frame, subject=subject, back=back, kind=kind, secret=login_link or key, advice=advice
    )
    return render("access/secret.html", page)
