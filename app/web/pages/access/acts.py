"""What an administrator can do to a person or a key: what each move does, in words, and what it asks for."""

from dataclasses import dataclass
from enum import StrEnum

from app.review.access.people import Role
from app.web.languages.sentences import marked


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
        name=marked("New login link"),
        effect=marked(
            "Makes a link that logs in once, within a day. It takes the place of one that was not used."
        ),
        button=marked("Make a link"),
        needs_reason=False,
    ),
    PersonAct.ROLE: Act(
        address="role",
        name=marked("Change role"),
        effect=marked(
            "Counts from the next request on. A case that is not for the new role goes back"
            " to the queue with what was written on it."
        ),
        button=marked("Change the role"),
        asks_role=True,
    ),
    PersonAct.SIGN_OUT: Act(
        address="sign-out",
        name=marked("Sign out everywhere"),
        effect=marked("Ends all sessions and unused links at once. They may log in again."),
        button=marked("Sign out"),
        asks_tokens=True,
    ),
    PersonAct.RESET: Act(
        address="reset",
        name=marked("Reset login"),
        effect=marked("Takes the password away, ends all sessions, and makes a one-time link."),
        button=marked("Reset the login"),
        is_grave=True,
    ),
    PersonAct.DEACTIVATE: Act(
        address="deactivate",
        name=marked("Deactivate"),
        effect=marked(
            "Ends all sessions, links and access tokens at once, everywhere. Cases they hold"
            " go back to the queue with what was written on them; their verdicts stay."
            " Activated again, they need a new link and new tokens."
        ),
        button=marked("Deactivate"),
        is_grave=True,
    ),
    PersonAct.ACTIVATE: Act(
        address="activate",
        name=marked("Activate"),
        effect=marked("Lets them log in again. Sessions and tokens they had before stay ended."),
        button=marked("Activate"),
    ),
}
KEY_ACTS = {
    KeyAct.ROTATE: Act(
        address="rotate",
        name=marked("Replace key"),
        effect=marked(
            "Makes a new key. The one that works now goes on working for the time you choose, then ends."
        ),
        button=marked("Replace the key"),
        asks_overlap=True,
    ),
    KeyAct.REVOKE: Act(
        address="revoke",
        name=marked("Revoke key"),
        effect=marked(
            "Ends every key of this payment service at once, everywhere. This cannot be"
            " undone: its calls are refused until it is given a new key."
        ),
        button=marked("Revoke the key"),
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
