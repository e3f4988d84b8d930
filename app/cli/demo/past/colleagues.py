"""Three colleagues who never were: they judged the demo's past, and nobody logs in as them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from app.review.access.administration import COMMAND_LINE
from app.review.access.people import Account, Role
from app.web.services import AccessServices

#: Wherever a name of theirs stands, it says so.
MARK = "(demo)"
LONGEST_LOOK = timedelta(minutes=3)
GONE = "Invented for the demo's past: nobody logs in by this name."


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """How one of them works."""

    name: str
    display_name: str
    role: Role
    #: Hours of the team's day: those of UTC, which the first policy's staffing names, unless shifted.
    starts_hour: int
    ends_hour: int
    #: The chance to be right, and before the score is shown.
    accuracy: float
    blind_accuracy: float
    #: The chance to escalate what a senior would have to look at.
    escalates: float
    #: One look, as the median.
    seconds: float

    def is_on_duty(self, hour: int) -> bool:
        """Whether this colleague works in an hour of the team's day."""
        return self.starts_hour <= hour < self.ends_hour

    def looks_for(self, rng: np.random.Generator) -> timedelta:
        """Return how long one look takes: most are short, a few are long."""
        return min(timedelta(seconds=self.seconds * rng.lognormal(0.0, 0.5)), LONGEST_LOOK)


COLLEAGUES = (
    Colleague(
        name="lin-demo", display_name=f"Lin {MARK}", role=Role.SENIOR, starts_hour=7, ends_hour=16,
        accuracy=0.97, blind_accuracy=0.95, escalates=0.0, seconds=48.0,
    ),
    Colleague(
        name="noor-demo", display_name=f"Noor {MARK}", role=Role.ANALYST, starts_hour=9, ends_hour=18,
        accuracy=0.94, blind_accuracy=0.92, escalates=0.04, seconds=36.0,
    ),
    Colleague(
        name="mateo-demo", display_name=f"Mateo {MARK}", role=Role.ANALYST, starts_hour=12, ends_hour=21,
        accuracy=0.88, blind_accuracy=0.87, escalates=0.06, seconds=27.0,
    ),
)  # fmt: skip
#: Rules where two disagree, and decides what the senior may not: one of the people who log in.
RULING = Colleague(
    name="grace", display_name="Grace", role=Role.MANAGER, starts_hour=15, ends_hour=17,
    accuracy=0.98, blind_accuracy=0.98, escalates=0.0, seconds=75.0,
)  # fmt: skip


#: Whoever starts the demo in these hours, UTC, finds the team at work in its usual ones.
USUAL_HOURS, MIDDAY = range(9, 20), 14


def shifted_by(ends_at: datetime) -> int:
    """Return by how many hours the team's day lies later, so that it is at work when the past ends."""
    return 0 if ends_at.hour in USUAL_HOURS else ends_at.hour - MIDDAY


async def hire(access: AccessServices) -> dict[Colleague, Account]:
    """Add the three, without password or link; return their accounts."""
    return {each: await _hired(access, each) for each in COLLEAGUES}


async def let_go(access: AccessServices, accounts: dict[Colleague, Account]) -> None:
    """Deactivate the three: no link can be made for them, and no case is offered to them."""
    for account in accounts.values():
        await access.administration.deactivate(COMMAND_LINE, account.id, reason=GONE)


async def _hired(access: AccessServices, colleague: Colleague) -> Account:
    account_id = await access.accounts.add(
        name=colleague.name, display_name=colleague.display_name, role=colleague.role, password=None
    )
    return Account(
        id=account_id, name=colleague.name, display_name=colleague.display_name, role=colleague.role
    )
