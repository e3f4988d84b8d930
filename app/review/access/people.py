"""People, their roles, and what each role may do."""

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from app.review.access.preferences import Preferences
from app.review.text import is_unseen, name_key

#: In characters. Below the first a password is guessed; beyond the last nobody types one.
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 1000
LONGEST_NAME = 200


class NameImpossible(ValueError):
    """A name needs letters one can see, none that cannot be seen, and at most 200 of them."""


class PasswordImpossible(ValueError):
    """A password needs at least 12 characters, and no more than 1000."""


def clean_name(name: str) -> str:
    """Return a name as it is kept: composed, no space too many; raises `NameImpossible`."""
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    is_seen = name_key(clean) and not any(map(is_unseen, clean))
    if not is_seen or len(clean) > LONGEST_NAME:
        raise NameImpossible
    return clean


def same_password(password: str) -> str:
    """Return a password as it is hashed: the same whichever keyboard composed its letters."""
    return unicodedata.normalize("NFC", password)


def checked_password(password: str) -> str:
    """Return a new password as it is hashed; raises `PasswordImpossible`."""
    same = same_password(password)
    if not SHORTEST_PASSWORD <= len(same) <= LONGEST_PASSWORD:
        raise PasswordImpossible
    return same


class Role(StrEnum):
    """What an account is for; `system` is the machine's own hand and never logs in."""

    ANALYST = "analyst"
    SENIOR = "senior"
    MANAGER = "manager"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SYSTEM = "system"


class Ability(StrEnum):
    """Something a role may or may not do."""

    JUDGE = "judge"
    JUDGE_ESCALATED = "judge_escalated"
    SEE_POLICIES = "see_policies"
    TUNE_POLICIES = "tune_policies"
    #: Of others: nobody approves a policy of their own.
    APPROVE_POLICIES = "approve_policies"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_KEYS = "manage_keys"
    SEE_OPERATIONS = "see_operations"
    SEE_QUALITY = "see_quality"
    RELEASE_CASES = "release_cases"
    #: To give a case to one person, until it is decided.
    ASSIGN_CASES = "assign_cases"
    #: To see work beside the requests, to ask for it and to end it: trainings are of this kind.
    RUN_JOBS = "run_jobs"
    SEE_LISTS = "see_lists"
    #: For a time, and to end what one listed oneself.
    BLOCK_ENTITIES = "block_entities"
    #: And to block without end, and to end what others listed.
    ALLOW_ENTITIES = "allow_entities"
    #: Of others: what is listed of merchants stands by two people.
    APPROVE_LISTINGS = "approve_listings"
    #: To change and delete views of the queue that a colleague shares with all.
    CHANGE_SHARED_VIEWS = "change_shared_views"


ABILITIES: dict[Role, frozenset[Ability]] = {
    Role.ANALYST: frozenset({Ability.JUDGE, Ability.SEE_LISTS, Ability.BLOCK_ENTITIES}),
    Role.SENIOR: frozenset(
        {
            *(Ability.JUDGE, Ability.JUDGE_ESCALATED, Ability.SEE_OPERATIONS, Ability.RELEASE_CASES),
            *(Ability.SEE_QUALITY, Ability.ASSIGN_CASES),
            *(Ability.SEE_LISTS, Ability.BLOCK_ENTITIES, Ability.ALLOW_ENTITIES),
        }
    ),
    Role.MANAGER: frozenset(
        {
            *(Ability.JUDGE, Ability.JUDGE_ESCALATED, Ability.SEE_POLICIES, Ability.TUNE_POLICIES),
            *(Ability.APPROVE_POLICIES, Ability.SEE_OPERATIONS, Ability.RELEASE_CASES, Ability.SEE_QUALITY),
            *(Ability.RUN_JOBS, Ability.ASSIGN_CASES, Ability.SEE_LISTS, Ability.BLOCK_ENTITIES),
            *(Ability.ALLOW_ENTITIES, Ability.APPROVE_LISTINGS, Ability.CHANGE_SHARED_VIEWS),
        }
    ),
    Role.AUDITOR: frozenset(
        {Ability.SEE_POLICIES, Ability.SEE_OPERATIONS, Ability.SEE_QUALITY, Ability.SEE_LISTS}
    ),
    Role.ADMIN: frozenset(
        {
            *(Ability.SEE_POLICIES, Ability.MANAGE_PEOPLE, Ability.MANAGE_KEYS, Ability.RUN_JOBS),
            Ability.SEE_LISTS,
        }
    ),
    Role.SYSTEM: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who has proved who they are."""

    id: int
    name: str
    display_name: str
    role: Role
    preferences: Preferences = field(default_factory=Preferences)

    def may(self, ability: Ability) -> bool:
        """Whether this account's role includes the ability."""
        return ability in ABILITIES[self.role]
