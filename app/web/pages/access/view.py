"""What administrators read of people, keys and what was done to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.database.access.administration import Person
from app.database.access.api_keys import ApiKey
from app.review.access.administration import AccessAction, AccessEvent
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.frame import ROLES

#: Rows of a history on a page.
SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person in the list, and on their own page."""

    address: str
    name: str
    display_name: str
    role: str
    is_active: bool
    #: By what they can log in, and by what they are in.
    login: str
    inside: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A key in the list, and on its own page."""

    address: str
    name: str
    is_live: bool
    state: str
    created: str
    made: str
    last_used: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One thing that was done."""

    when: str
    who: str
    source: str
    subject: str
    what: str
    reason: str


def person_row(person: Person, now: datetime) -> PersonRow:
    """Return a person as a row."""
    account = person.account
    inside = [
        told
        for number, told in (
            (person.sessions, formatting.plural(person.sessions, "session", "sessions")),
            (person.tokens, formatting.plural(person.tokens, "token", "tokens")),
            (person.cases, formatting.plural(person.cases, "case", "cases")),
        )
        if number
    ]
    return PersonRow(
        address=f"/people/{account.id}",
        name=account.name,
        display_name=account.display_name,
        role=worded(ROLES[account.role]),
        is_active=person.is_active,
        login=worded("password") if person.has_password else worded("one-time links"),
        inside=", ".join(inside) or worded("nothing"),
        since=formatting.ago(person.created_at, now),
    )


def key_row(key: ApiKey, now: datetime) -> KeyRow:
    """Return a key as a row."""
    state = worded("works")
    if key.revoked_at is not None:
        state = worded("revoked %(revoked_at)s", revoked_at=formatting.ago(key.revoked_at, now))
    elif key.earlier_until is not None:
        state = worded(
            "works; the one before still does, for %(earlier_until)s",
            earlier_until=formatting.duration(key.earlier_until - now),
        )
    return KeyRow(
        address=f"/keys/{key.client_id}",
        name=key.name,
        is_live=key.revoked_at is None,
        state=state,
        created=formatting.ago(key.created_at, now),
        made=formatting.ago(key.made_at, now),
        last_used=formatting.ago(key.last_used_at, now) if key.last_used_at is not None else worded("never"),
    )


def event_rows(events: Sequence[AccessEvent]) -> tuple[EventRow, ...]:
    """Return what was done, as rows."""
    return tuple(
        EventRow(
            when=formatting.moment(event.happened_at),
            who=event.actor or worded("command line"),
            source=event.source if event.actor is not None or event.source != "command line" else "",
            subject=event.subject,
            what=WHAT[event.action](event.details),
            reason=event.reason,
        )
        for event in events
    )


def _ended(done: str) -> Callable[[Mapping[str, object]], str]:
    def told(details: Mapping[str, object]) -> str:
        counts = [
            formatting.plural(number, one, many)
            for number, one, many in (
                (details.get("sessions"), "session", "sessions"),
                (details.get("tokens"), "token", "tokens"),
                (details.get("cases"), "case", "cases"),
            )
            if isinstance(number, int) and number
        ]
        return f"{done} ({', '.join(counts)})" if counts else str(done)

    return told


def _rotated(details: Mapping[str, object]) -> str:
    seconds = details.get("overlap_seconds")
    if not isinstance(seconds, int) or not seconds:
        return worded("Key replaced at once")
    return worded(
        "Key replaced; the one before works %(timedelta)s longer",
        timedelta=formatting.duration(timedelta(seconds=seconds)),
    )


WHAT: Mapping[AccessAction, Callable[[Mapping[str, object]], str]] = {
    AccessAction.ADDED: lambda details: worded("Added as %(value)s", value=worded(str(details.get("role")))),
    AccessAction.LINK_MADE: lambda _: worded("One-time login link made"),
    AccessAction.TOKEN_MADE: lambda details: worded(
        "Access token \u201c%(value)s\u201d made", value=details.get("token")
    ),
    AccessAction.TOKENS_REVOKED: lambda details: worded(
        "Access tokens \u201c%(value)s\u201d revoked", value=details.get("token")
    ),
    AccessAction.DEACTIVATED: _ended(marked("Deactivated")),
    AccessAction.ACTIVATED: lambda _: worded("Activated"),
    AccessAction.ROLE_CHANGED: lambda details: worded(
        "Role %(before)s \u2192 %(after)s",
        before=worded(str(details.get("before"))),
        after=worded(str(details.get("role"))),
    ),
    AccessAction.RESET: _ended(marked("Login reset")),
    AccessAction.SIGNED_OUT: _ended(marked("Signed out")),
    AccessAction.KEY_ADDED: lambda _: worded("Key made"),
    AccessAction.KEY_ROTATED: _rotated,
    AccessAction.KEY_REVOKED: lambda _: worded("Key revoked"),
}
