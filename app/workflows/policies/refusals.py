"""Why a move of a policy version is refused, as sentences that name who moved it before."""

from app.database.policies.lifecycle import PolicyEvent
from app.database.policies.simulations import StoredSimulation
from app.scoring.templated_text import Moment, Templated, recalled, together
from app.triage.policies.state import PolicyState

#: What somebody did to a version, by what it became.
_DONE: dict[PolicyState, Templated] = {
    PolicyState.DRAFT: Templated("%(who)s drafted version %(number)s (%(moment)s)"),
    PolicyState.SIMULATED: Templated("%(who)s simulated version %(number)s (%(moment)s)"),
    PolicyState.SHADOW: Templated("%(who)s sent version %(number)s into shadow (%(moment)s)"),
    PolicyState.APPROVED: Templated("%(who)s approved version %(number)s (%(moment)s)"),
    PolicyState.SCHEDULED: Templated("%(who)s scheduled version %(number)s (%(moment)s)"),
    PolicyState.ACTIVE: Templated("%(who)s activated version %(number)s (%(moment)s)"),
    PolicyState.RETIRED: Templated("%(who)s retired version %(number)s (%(moment)s)"),
}


class GroundChanged(Exception):
    """Somebody else moved a version since you looked: look again, then decide."""

    def __init__(self, last: PolicyEvent | None) -> None:
        super().__init__(
            (self.__doc__ or "")
            if last is None
            else Templated("%(move)s since you looked: look again, then decide.", move=told(last))
        )
        self.last = last


class StatementOutdated(Exception):
    """The simulation was run again since you read the residual risk: read the newest statement."""

    def __init__(self, newest: StoredSimulation | None) -> None:
        super().__init__(
            (self.__doc__ or "")
            if newest is None
            else Templated(
                "%(who)s simulated this version anew (%(moment)s) since you read its residual risk:"
                " read the newest statement.",
                who=newest.computed_by,
                moment=Moment(newest.computed_at),
            )
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
        super().__init__(together([recalled(self.__doc__ or ""), why]))


class ActivationInThePast(Exception):
    """An activation can be scheduled for a moment to come only."""


def told(event: PolicyEvent) -> Templated:
    """Return who did what and when."""
    values = {
        "who": event.account,
        "number": str(event.policy_id),
        "moment": Moment(event.happened_at),
    }
    if (event.details or {}).get("rollback"):
        return Templated("%(who)s rolled back to version %(number)s (%(moment)s)", **values)
    return Templated(_DONE[event.state].text, **values)
