"""A policy version in a list: what it is, who made it, and where it stands."""

from dataclasses import dataclass

from app.database.policies.policies import PolicyVersion
from app.triage.policies.state import PolicyState
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.policies.promises import PromiseView, promise_view

STATES: dict[PolicyState, str] = {
    PolicyState.DRAFT: marked("draft"),
    PolicyState.SIMULATED: marked("waits for approval"),
    PolicyState.SHADOW: marked("in shadow"),
    PolicyState.APPROVED: marked("approved"),
    PolicyState.SCHEDULED: marked("scheduled"),
    PolicyState.ACTIVE: marked("active"),
    PolicyState.RETIRED: marked("retired"),
}
WAITING = frozenset(STATES) - {PolicyState.ACTIVE, PolicyState.RETIRED}


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version."""

    id: int
    state: str
    #: `legit` for the one that decides, `unknown` for one that waits, else empty: its colour.
    tone: str
    is_active: bool
    is_waiting: bool
    bounds: str
    model: str
    promise: PromiseView
    reason: str
    author: str
    created: str
    approved: str
    activates: str


def version_row(version: PolicyVersion) -> VersionRow:
    """Return one version in words."""
    is_active, is_waiting = version.state is PolicyState.ACTIVE, version.state in WAITING
    return VersionRow(
        id=version.id,
        state=state_of(version),
        tone="legit" if is_active else "unknown" if is_waiting else "",
        is_active=is_active,
        is_waiting=is_waiting,
        bounds=(
            worded(
                "approve up to %(approve_at_most)s, decline from %(decline_at_least)s",
                approve_at_most=formatting.number(version.policy.approve_at_most),
                decline_at_least=formatting.number(version.policy.decline_at_least),
            )
        ),
        model=version.policy.model_version,
        promise=promise_view(version.certificate),
        reason=version.reason,
        author=version.author,
        created=formatting.moment(version.created_at),
        approved=(
            f"{version.approved_by}, {formatting.moment(version.approved_at)}"
            if version.approved_at is not None
            else ""
        ),
        activates=formatting.moment(version.activates_at) if version.activates_at is not None else "",
    )


def state_of(version: PolicyVersion) -> str:
    """Return where a version stands; one that was archived before anybody signed was withdrawn."""
    if version.state is PolicyState.RETIRED and version.approved_at is None:
        return worded("withdrawn")
    return STATES[version.state]
