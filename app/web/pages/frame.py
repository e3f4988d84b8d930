"""The frame of every page: who is logged in, the current place, and the places open to the role."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.review.access.hotkeys import Hotkeys, Move
from app.review.access.languages import Language
from app.review.access.people import Ability, Account, Role
from app.web.dependencies import Notices
from app.web.languages.reader import reader
from app.web.languages.sentences import marked, said, worded, words_of_scripts

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
    #: Keys that do something on this person's pages.
    hotkeys: Hotkeys = field(default_factory=Hotkeys)
    #: By whose clock moments are told.
    zone: str = field(default_factory=lambda: reader().zone)
    #: Of the whole page, by its code.
    language: str = field(default_factory=lambda: reader().language.value)

    @property
    def keys(self) -> dict[str, str]:
        """Keys by what they do, as they are pressed; an empty one does nothing."""
        return {move.value: self.hotkeys.key(move) for move in Move}

    @property
    def keys_for_scripts(self) -> str:
        """The same, as scripts read it; empty where no letter, digit or sign does anything."""
        return json.dumps(self.keys) if self.hotkeys.are_on else ""

    @property
    def words_of_scripts(self) -> str:
        """What the page's scripts say in its language, as they read it."""
        return words_of_scripts(Language(self.language))

    @classmethod
    def anonymous(cls, title: str) -> "Frame":
        """Return the frame of a page nobody needs to log in for."""
        return cls(title=title, links=(), person=None, role="", csrf_token="", account_id=None)


def frame(account: Account, csrf_token: str, *, title: str, here: str, notices: Notices) -> Frame:
    """Return the frame of a page as this person sees it."""
    return Frame(
        title=title,
        links=tuple(
            Link(address=address, name=worded(name), is_here=address == here)
            for address, name, ability in PLACES
            if ability is None or account.may(ability)
        ),
        person=account.display_name,
        role=worded(ROLES[account.role]),
        csrf_token=csrf_token,
        account_id=account.id,
        decides=account.may(Ability.JUDGE),
        notices=tuple(said(each) for each in notices.sentences),
        unread=unread_count(notices.unread),
        hotkeys=account.preferences.hotkeys,
    )


def unread_count(unread: int) -> str:
    """Return how many messages wait, as it stands beside a name: two signs at most."""
    if unread == 0:
        return ""
    return str(unread) if unread < MANY_UNREAD else f"{MANY_UNREAD - 1}+"


PLACES: tuple[tuple[str, str, Ability | None], ...] = (
    ("/review", marked("Review"), Ability.JUDGE),
    ("/queue", marked("Queue"), None),
    ("/linked-cases", marked("Linked cases"), Ability.JUDGE),
    ("/search", marked("Search"), None),
    ("/escalations", marked("Escalations"), Ability.JUDGE_ESCALATED),
    ("/operations", marked("Operations"), Ability.SEE_OPERATIONS),
    ("/quality", marked("Quality"), Ability.SEE_QUALITY),
    ("/drift", marked("Drift"), Ability.SEE_OPERATIONS),
    ("/thresholds", marked("Thresholds"), Ability.SEE_POLICIES),
    ("/jobs", marked("Jobs"), Ability.RUN_JOBS),
    ("/people", marked("People"), Ability.MANAGE_PEOPLE),
    ("/keys", marked("Keys"), Ability.MANAGE_KEYS),
)

#: What each role is called.
ROLES: Mapping[Role, str] = {
    Role.ANALYST: marked("analyst"),
    Role.SENIOR: marked("senior"),
    Role.MANAGER: marked("manager"),
    Role.AUDITOR: marked("auditor"),
    Role.ADMIN: marked("admin"),
    Role.SYSTEM: marked("system"),
}
