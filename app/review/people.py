"""Who works here, and what each may do."""

from dataclasses import dataclass
from enum import StrEnum


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
    MANAGE_PEOPLE = "manage_people"
    SEE_FLOOR = "see_floor"
    SEE_QUALITY = "see_quality"
    TAKE_BACK = "take_back"


ABILITIES: dict[Role, frozenset[Ability]] = {
    Role.ANALYST: frozenset({Ability.JUDGE}),
    Role.SENIOR: frozenset(
        {
            *(Ability.JUDGE, Ability.JUDGE_ESCALATED, Ability.SEE_FLOOR, Ability.TAKE_BACK),
            Ability.SEE_QUALITY,
        }
    ),
    Role.MANAGER: frozenset(
        {
            *(Ability.JUDGE, Ability.JUDGE_ESCALATED, Ability.SEE_POLICIES, Ability.TUNE_POLICIES),
            *(Ability.SEE_FLOOR, Ability.TAKE_BACK, Ability.SEE_QUALITY),
        }
    ),
    Role.AUDITOR: frozenset({Ability.SEE_POLICIES, Ability.SEE_FLOOR, Ability.SEE_QUALITY}),
    Role.ADMIN: frozenset({Ability.SEE_POLICIES, Ability.MANAGE_PEOPLE}),
    Role.SYSTEM: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who has proved who they are."""

    id: int
    name: str
    display_name: str
    role: Role

    def may(self, ability: Ability) -> bool:
        """Whether this account's role includes the ability."""
        return ability in ABILITIES[self.role]
