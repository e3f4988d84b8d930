"""The frame of every page: who is logged in, the current place, and the places open to the role."""

from dataclasses import dataclass

from app.review.access.people import Ability, Account
from app.web.dependencies import Notices

#: From here on nobody counts: beside a name there is room for two signs.
MANY_UNREAD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place in the header."""

    address: str
    name: str
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The header's content."""

    title: str
    links: tuple[Link, ...]
    #: None on pages for anybody: login and errors.
    person: str | None
    role: str
    csrf_token: str
    #: Whom this page is made for; None for anybody.
    account_id: int | None
    #: Whether this person decides cases, and so has decisions of their own to look at.
    decides: bool = False
    #: What everybody must know now: feeds that are wrong as a whole.
    notices: tuple[str, ...] = ()
    #: How many messages wait for this person, as it is told; empty: none.
    unread: str = ""

    @classmethod
    def anonymous(cls, title: str) -> "Frame":
        """Return the frame of a page nobody needs to log in for."""
        return cls(title=title, links=(), person=None, role="", csrf_token="", account_id=None)


def frame(account: Account, csrf_token: str, *, title: str, here: str, notices: Notices) -> Frame:
    """Return the frame of a page as this person sees it."""
    return Frame(
        title=title,
        links=tuple(
            Link(address=address, name=name, is_here=address == here)
            for address, name, ability in PLACES
            if ability is None or account.may(ability)
        ),
        person=account.display_name,
        role=account.role.value,
        csrf_token=csrf_token,
        account_id=account.id,
        decides=account.may(Ability.JUDGE),
        notices=notices.sentences,
        unread=unread_count(notices.unread),
    )


def unread_count(unread: int) -> str:
    """Return how many messages wait, as it stands beside a name: two signs at most."""
    if unread == 0:
        return ""
    return str(unread) if unread < MANY_UNREAD else f"{MANY_UNREAD - 1}+"


PLACES: tuple[tuple[str, str, Ability | None], ...] = (
    ("/review", "Review", Ability.JUDGE),
    ("/queue", "Queue", None),
    ("/linked-cases", "Linked cases", Ability.JUDGE),
    ("/search", "Search", None),
    ("/escalations", "Escalations", Ability.JUDGE_ESCALATED),
    ("/operations", "Operations", Ability.SEE_OPERATIONS),
    ("/quality", "Quality", Ability.SEE_QUALITY),
    ("/drift", "Drift", Ability.SEE_OPERATIONS),
    ("/thresholds", "Thresholds", Ability.SEE_POLICIES),
    ("/jobs", "Jobs", Ability.RUN_JOBS),
    ("/people", "People", Ability.MANAGE_PEOPLE),
    ("/keys", "Keys", Ability.MANAGE_KEYS),
)
