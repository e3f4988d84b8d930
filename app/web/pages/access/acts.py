"""What an administrator can do to a person or a key: what each move does, in words, and what it asks for."""

from dataclasses import dataclass
from enum import StrEnum

from app.review.access.people import Role


class PersonAct(StrEnum):
    """A move on a person, as its address calls it."""

    LINK = "link"
    ROLE = "role"
    SIGN_OUT = "sign-out"
    RESET = "reset"
    DEACTIVATE = "deactivate"
    ACTIVATE = "activate"


class KeyAct(StrEnum):
    """A move on a key, as its address calls it."""

    ROTATE = "rotate"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A move: its names, what it does, and what its form asks for beside the reason."""

    address: str
    name: str
    effect: str
    button: str
    needs_reason: bool = True
    is_grave: bool = False
    asks_role: bool = False
    asks_tokens: bool = False
    asks_overlap: bool = False


#: Roles people may have.
ROLES = tuple(role.value for role in Role if role is not Role.SYSTEM)

PERSON_ACTS = {
    PersonAct.LINK: Act(
        address="link",
        name="New login link",
        effect="Makes a link that logs in once, within a day. It takes the place of one that was not used.",
        button="Make a link",
        needs_reason=False,
    ),
    PersonAct.ROLE: Act(
        address="role",
        name="Change role",
        effect="Counts from the next request on. A case that is not for the new role goes back to the queue"
        " with what was written on it.",
        button="Change the role",
        asks_role=True,
    ),
    PersonAct.SIGN_OUT: Act(
        address="sign-out",
        name="Sign out everywhere",
        effect="Ends all sessions and unused links at once. They may log in again.",
        button="Sign out",
        asks_tokens=True,
    ),
    PersonAct.RESET: Act(
        address="reset",
        name="Reset login",
        effect="Takes the password away, ends all sessions, and makes a one-time link.",
        button="Reset the login",
        is_grave=True,
    ),
    PersonAct.DEACTIVATE: Act(
        address="deactivate",
        name="Deactivate",
        effect="Ends all sessions, links and access tokens at once, everywhere. Cases they hold go back to"
        " the queue with what was written on them; their verdicts stay. Activated again, they need a new"
        " link and new tokens.",
        button="Deactivate",
        is_grave=True,
    ),
    PersonAct.ACTIVATE: Act(
        address="activate",
        name="Activate",
        effect="Lets them log in again. Sessions and tokens they had before stay ended.",
        button="Activate",
    ),
}
KEY_ACTS = {
    KeyAct.ROTATE: Act(
        address="rotate",
        name="Replace key",
        effect="Makes a new key. The one that works now goes on working for the time you choose, then ends.",
        button="Replace the key",
        asks_overlap=True,
    ),
    KeyAct.REVOKE: Act(
        address="revoke",
        name="Revoke key",
        effect="Ends every key of this payment service at once, everywhere. This cannot be undone: its"
        " calls are refused until it is given a new key.",
        button="Revoke the key",
        is_grave=True,
    ),
}


def person_acts(*, is_active: bool) -> tuple[Act, ...]:
    """Return what can be done to somebody."""
    inactive = {PersonAct.ROLE, PersonAct.ACTIVATE}
    return tuple(
        act
        for each, act in PERSON_ACTS.items()
        if (each is not PersonAct.ACTIVATE if is_active else each in inactive)
    )
