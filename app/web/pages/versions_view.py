"""The policy's history, and what this person may do with each version."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.database.policies import PolicyVersion
from app.review.people import Ability, Account
from app.triage.policy_state import PolicyState
from app.web.pages import words
from app.web.pages.promises import Promise, promise


class Action(StrEnum):
    """What one press would do."""

    NONE = "none"
    APPROVE = "approve"
    AGAIN = "again"


WAITING = frozenset({PolicyState.DRAFT, PolicyState.SIMULATED, PolicyState.SHADOW, PolicyState.APPROVED})
STATES: dict[PolicyState, str] = {
    PolicyState.DRAFT: "draft",
    PolicyState.SIMULATED: "waits for approval",
    PolicyState.SHADOW: "in shadow",
    PolicyState.APPROVED: "approved",
    PolicyState.ACTIVE: "active",
    PolicyState.RETIRED: "retired",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version."""

    id: int
    state: str
    is_active: bool
    is_waiting: bool
    approve: str
    decline: str
    model: str
    promise: Promise
    reason: str
    #: What its author saw it would have done; empty when nobody looked.
    foreseen: str
    author: str
    created: str
    approver: str
    approved: str
    action: Action
    #: What pressing means, or why there is nothing to press.
    meaning: str
    may_withdraw: bool


def version_view(version: PolicyVersion, active: PolicyVersion, reader: Account) -> VersionView:
    """Return one version as this person sees it."""
    action, meaning = _action(version, active, reader)
    is_waiting = version.state in WAITING
    was_withdrawn = version.state is PolicyState.RETIRED and version.approved_at is None
    return VersionView(
        id=version.id,
        state="withdrawn" if was_withdrawn else STATES[version.state],
        is_active=version.state is PolicyState.ACTIVE,
        is_waiting=is_waiting,
        approve=words.number(version.policy.approve_at_most),
        decline=words.number(version.policy.decline_at_least),
        model=version.policy.model_version,
        promise=promise(version.certificate),
        reason=version.reason,
        foreseen=foreseen(version.simulation),
        author=version.author,
        created=words.moment(version.created_at),
        approver=version.approved_by or "",
        approved=words.moment(version.approved_at) if version.approved_at is not None else "",
        action=action,
        meaning=meaning,
        may_withdraw=is_waiting and reader.may(Ability.TUNE_POLICIES),
    )


def foreseen(simulation: Mapping[str, object] | None) -> str:
    """Return a stored simulation in one sentence: what the second person signs for."""
    if simulation is None or not (decisions := _figure(simulation, "decisions")):
        return ""
    before, after = simulation["before"], simulation["after"]
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return ""
    changes = ", ".join(
        f"{name} {words.count(_figure(before, label))} \u2192 {words.count(_figure(after, label))}"
        for name, label in (("approved", "legit"), ("left to people", "unknown"), ("declined", "fraud"))
    )
    frauds = int(_figure(simulation, "known_frauds"))
    approved = words.count(_figure(simulation, "known_frauds_approved_after"))
    risk = f"{approved} of {words.plural(frauds, 'known fraud', 'known frauds')}" if frauds else "not known"
    return f"Of {words.count(decisions)} payments: {changes}; frauds approved: {risk}."


def _figure(figures: Mapping[str, object], name: str) -> float:
    value = figures[name]
    return float(value) if isinstance(value, (int, float)) else 0.0


def _action(version: PolicyVersion, active: PolicyVersion, reader: Account) -> tuple[Action, str]:
    if version.state is PolicyState.ACTIVE:
        return Action.NONE, "Decides every payment now."
    if version.state is PolicyState.RETIRED and version.approved_at is None:
        return Action.NONE, "Never decided anything."
    if not reader.may(Ability.TUNE_POLICIES):
        return Action.NONE, ""
    if version.state is PolicyState.RETIRED:
        return Action.AGAIN, f"Brings these bounds back at once. {_successor(version, active)}"
    if version.author_id == reader.id:
        return Action.NONE, "You wrote it, so another manager must approve it."
    return (
        Action.APPROVE,
        f"You sign for it, and from then on it decides every payment. {_successor(version, active)}",
    )


def _successor(version: PolicyVersion, active: PolicyVersion) -> str:
    model = ""
    if version.policy.model_version != active.policy.model_version:
        model = f" The model changes to {version.policy.model_version}."
    return f"Version {active.id} retires; it can be brought back at any time.{model}"
