"""What administrators read of people, keys and what was done to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.database.access.administration import Person
from app.database.access.api_keys import ApiKey
from app.review.access.administration import AccessAction, AccessEvent
from app.web.pages import formatting

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
        formatting.plural(number, one, many)
        for number, one, many in (
            (person.sessions, "session", "sessions"),
            (person.tokens, "token", "tokens"),
            (person.cases, "case", "cases"),
        )
        if number
    ]
    return PersonRow(
        address=f"/people/{account.id}",
        name=account.name,
        display_name=account.display_name,
        role=account.role.value,
        is_active=person.is_active,
        login="password" if person.has_password else "one-time links",
        inside=", ".join(inside) or "nothing",
        since=formatting.ago(person.created_at, now),
    )


def key_row(key: ApiKey, now: datetime) -> KeyRow:
    """Return a key as a row."""
    state = "works"
    if key.revoked_at is not None:
        state = f"revoked {formatting.ago(key.revoked_at, now)}"
    elif key.earlier_until is not None:
        state = f"works; the one before still does, for {formatting.duration(key.earlier_until - now)}"
    return KeyRow(
        address=f"/keys/{key.client_id}",
        name=key.name,
        is_live=key.revoked_at is None,
        state=state,
        created=formatting.ago(key.created_at, now),
        made=formatting.ago(key.made_at, now),
        last_used=formatting.ago(key.last_used_at, now) if key.last_used_at is not None else "never",
    )


def event_rows(events: Sequence[AccessEvent]) -> tuple[EventRow, ...]:
    """Return what was done, as rows."""
    return tuple(
        EventRow(
            when=formatting.moment(event.happened_at),
            who=event.actor or "command line",
            source=event.source if event.actor is not None or event.source != "command line" else "",
            subject=event.subject,
            what=WHAT[event.action](event.details),
            reason=event.reason,
        )
        for event in events
    )


def _ended(done: str) -> Callable[[Mapping[str, object]], str]:
    def told(details: Mapping[str, object]) -> str:
        counts = [f"{details[name]} {name}" for name in ("sessions", "tokens", "cases") if details.get(name)]
        return f"{done} ({', '.join(counts)})" if counts else done

    return told


def _rotated(details: Mapping[str, object]) -> str:
    seconds = details.get("overlap_seconds")
    if not isinstance(seconds, int) or not seconds:
        return "Key replaced at once"
    return f"Key replaced; the one before works {formatting.duration(timedelta(seconds=seconds))} longer"


WHAT: Mapping[AccessAction, Callable[[Mapping[str, object]], str]] = {
    AccessAction.ADDED: lambda details: f"Added as {details.get('role')}",
    AccessAction.LINK_MADE: lambda _: "One-time login link made",
    AccessAction.TOKEN_MADE: lambda details: f"Access token “{details.get('token')}” made",
    AccessAction.TOKENS_REVOKED: lambda details: f"Access tokens “{details.get('token')}” revoked",
    AccessAction.DEACTIVATED: _ended("Deactivated"),
    AccessAction.ACTIVATED: lambda _: "Activated",
    AccessAction.ROLE_CHANGED: lambda details: f"Role {details.get('before')} → {details.get('role')}",
    AccessAction.RESET: _ended("Login reset"),
    AccessAction.SIGNED_OUT: _ended("Signed out"),
    AccessAction.KEY_ADDED: lambda _: "Key made",
    AccessAction.KEY_ROTATED: _rotated,
    AccessAction.KEY_REVOKED: lambda _: "Key revoked",
}
