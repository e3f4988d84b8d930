"""The results of the lab: a window of past transactions, a policy tried on it, and the changed labels."""

from dataclasses import dataclass
from datetime import datetime

from app.database.payments.summaries import TransactionSummary
from app.database.policies.policies import PolicyVersion
from app.triage.guard_rails import GuardWarning
from app.triage.labels import Label, Reason
from app.triage.measured_rates import MeasuredRates
from app.triage.residual_risk import ResidualRisk
from app.triage.simulation.curves import (
    Bin,
    CurvePoint,
    ReliabilityBin,
)
from app.triage.simulation.observed import Observed
from app.triage.simulation.queueing import HourOfDay
from app.triage.simulation.replay import (
    Move,
    Outcome,
)


class WindowUnclear(ValueError):
    """A window ends after it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The window a manager looks back on. Raises `WindowUnclear`."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        """Refuse a window that is none."""
        if self.since >= self.until:
            raise WindowUnclear


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulation:
    """What other bounds would have done, beside what the active ones would have."""

    span: Span
    #: The decisions of the window, and from when to when they were made: rates are of this time.
    observed: Observed
    #: False where a window was chosen that says too little while the history says enough.
    is_signable: bool
    model_version: str
    transactions: int
    #: Set where the window begins before the oldest score held.
    held_since: datetime | None
    #: Decisions of the window that another model scored, which are left out.
    other_models: int
    active: PolicyVersion
    before: Outcome
    after: Outcome
    moves: tuple[Move, ...]
    #: What signing the changed policy would mean.
    statement: ResidualRisk
    warnings: tuple[GuardWarning, ...]
    #: The one truth on which much of the frauds approved rests, before and after.
    carried_by: "Carrier | None"
    currency: str
    #: How often people are right, beside the rates typed in the costs.
    measured: MeasuredRates


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One transaction that carries much of an estimate, and who reported its truth."""

    transaction_id: str
    client: str
    #: Empty where a person judged it.
    source: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves:
    """The pictures of a window under one policy."""

    miss_rate_by_coverage: tuple[CurvePoint, ...]
    histogram: tuple[Bin, ...]
    reliability: tuple[ReliabilityBin, ...]
    hours: tuple[HourOfDay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedTransaction:
    """One transaction that would get another label."""

    transaction: TransactionSummary
    #: Evidence for fraud (logit); None without a score.
    evidence: float | None
    before: Label
    after: Label
    reason: Reason | None
    #: What is known of it; None while nothing is.
    is_fraud: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Transactions that would get another label, the newest first: a page of them, and how many in all."""

    total: int
    transactions: tuple[ChangedTransaction, ...]
