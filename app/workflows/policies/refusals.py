"""Why a move of a policy version is refused, as sentences that name who moved it before."""

from datetime import UTC, datetime

from app.database.policies.lifecycle import PolicyEvent
from app.database.policies.simulations import StoredSimulation
from app.triage.policies.state import PolicyState

DONE: dict[PolicyState, str] = {
    PolicyState.DRAFT: "drafted",
    PolicyState.SIMULATED: "simulated",
    PolicyState.SHADOW: "sent into shadow",
    PolicyState.APPROVED: "approved",
    PolicyState.SCHEDULED: "scheduled",
    PolicyState.ACTIVE: "activated",
    PolicyState.RETIRED: "retired",
}


class GroundChanged(Exception):
    """Somebody else moved a version since you looked: look again, then decide."""

    def __init__(self, last: PolicyEvent | None) -> None:
        super().__init__(
            (self.__doc__ or "")
            if last is None
            else f"{told(last)} since you looked: look again, then decide."
        )
        self.last = last


class StatementOutdated(Exception):
    """The simulation was run again since you read the residual risk: read the newest statement."""

    def __init__(self, newest: StoredSimulation | None) -> None:
        super().__init__(
            (self.__doc__ or "")
            if newest is None
            else f"{newest.computed_by} simulated this version anew ({_moment(newest.computed_at)}) since"
            " you read its residual risk: read the newest statement."
        )


class StatementMissing(Exception):
    """This version has no residual risk statement to sign yet: re-run its simulation and read it."""


class StatementEmpty(Exception):
    """Too little was observed in the window this version was simulated on: simulate it on a longer one."""


class TooManyShadows(Exception):
    """Three versions are in shadow already: end one of them first."""


class NothingToRollBackTo(Exception):
    """No version decided before this one, or a rollback has taken its activation back already."""


class ModelUnusable(Exception):
    """This version's model cannot be loaded on this machine: nothing was changed."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{self.__doc__} {why}")


class ActivationInThePast(Exception):
    """An activation can be scheduled for a moment to come only."""


def told(event: PolicyEvent) -> str:
    """Return who did what and when."""
    did = "rolled back to" if (event.details or {}).get("rollback") else DONE[event.state]
    return f"{event.account} {did} version {event.policy_id} ({_moment(event.happened_at)})"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %b %Y, %H:%M:%S} UTC"
