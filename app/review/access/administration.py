"""What administrators do to people and keys, and the record of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.review.card_numbers.rule import refuse_card_numbers

#: In characters, of a reason.
LONGEST_REASON = 500
#: How long a key that was replaced goes on working where nobody says otherwise, and at most.
USUAL_OVERLAP, LONGEST_OVERLAP = timedelta(hours=24), timedelta(days=90)


class AccessAction(StrEnum):
    """What was done to somebody's access, or to a key."""

    ADDED = "added"
    LINK_MADE = "link_made"
    TOKEN_MADE = "token_made"  # noqa: S105
    TOKENS_REVOKED = "tokens_revoked"
    DEACTIVATED = "deactivated"
    ACTIVATED = "activated"
    ROLE_CHANGED = "role_changed"
    RESET = "reset"
    SIGNED_OUT = "signed_out"
    KEY_ADDED = "key_added"
    KEY_ROTATED = "key_rotated"
    KEY_REVOKED = "key_revoked"


class SessionEnd(StrEnum):
    """Why a session ended before its time."""

    DEACTIVATED = "deactivated"
    SIGNED_OUT = "signed_out"
    RESET = "reset"


class AccountChanged(Exception):
    """Your account was closed or given another role just now; nothing was done."""


class LastAdmin(Exception):
    """The last active administrator stays: make somebody else one first."""


class AdminNoMore(Exception):
    """You are no administrator any more; nothing was done."""


class AccessUnchanged(Exception):
    """It is like that already; nothing was done."""


class AccessChanged(Exception):
    """Somebody changed this since you looked; look again before you decide."""


class WhyMissing(Exception):
    """Say why, in at most 500 characters; it stays on record."""


class OverlapImpossible(Exception):
    """A replaced key goes on working for 0 hours to 90 days."""


class RoleImpossible(Exception):
    """The role `system` is the machine's own; choose another."""


class KeyRevoked(Exception):
    """This key was revoked; give its service a new one by adding it anew."""


class KeyNotFound(Exception):
    """There is no such key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """By whose hand something is done, and from where."""

    #: None: at the command line, by whoever may run it.
    account_id: int | None
    #: A network address, or who runs the command.
    source: str


#: Where nobody says more than that the command line did it.
COMMAND_LINE = Hand(account_id=None, source="command line")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEvent:
    """One thing that was done: who, what, to whom, when, why, from where."""

    id: int
    happened_at: datetime
    #: None: at the command line.
    actor: str | None
    action: AccessAction
    #: The person or the key it was done to, by name.
    subject: str
    reason: str
    source: str
    details: dict[str, object]


def checked_reason(reason: str) -> str:
    """Return why something is done, trimmed; raises `WhyMissing` and `CardNumberWritten`."""
    refuse_card_numbers([reason])
    clean = " ".join(reason.split())
    if not clean or len(clean) > LONGEST_REASON:
        raise WhyMissing
    return clean


def checked_overlap(overlap: timedelta) -> timedelta:
    """Return how long a replaced key goes on working; raises `OverlapImpossible`."""
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise OverlapImpossible
    return overlap
