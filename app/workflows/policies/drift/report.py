"""What is told of a model's drift: how each part stands, and what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from app.database.policies.drift import DriftEvent, HeldDrift
from app.scoring.arrays import Floats
from app.triage.costs import Costs
from app.triage.drift.binned import DriftReference
from app.triage.drift.changes import Change, Pricing, SourceDelay, changes, source_delays
from app.triage.drift.days import Arrived, LabelFree, label_free, together
from app.triage.drift.maturing import BandCalibration, Matured, calibration
from app.triage.drift.standing import QuantityStanding, Windows, quantities
from app.triage.drift.volume import Expected, Volume, days_of_policy, expected_by_earlier, volume
from app.triage.guarantee.truths import Chances
from app.triage.staffing import Staffing


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All that was kept of a model's payments, as it is read for the page."""

    held: HeldDrift
    days: Sequence[tuple[date, Arrived]]
    matured: Sequence[tuple[date, Matured]]
    delays: dict[tuple[str, date], Floats]
    events: Sequence[DriftEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What the policy in force says of costs, and of what was to be expected."""

    #: When it began to decide, the last time.
    since: datetime
    costs: Costs
    staffing: Staffing
    #: Its own simulation's shares; None: none was kept.
    simulated: Expected | None
    chances: Chances


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """How the payments of the model in force stand to what it learned from."""

    model_version: str
    #: The currency of all amounts; empty where the model takes several.
    currency: str
    #: When its first policy began to decide, and up to when payments have been counted.
    began: datetime
    through: datetime
    payments: int
    sampled: int
    changes: tuple[Change, ...]
    quantities: tuple[QuantityStanding, ...]
    #: e-value of "something changed" over all quantities, as a logarithm.
    evidence: float
    alerts: Volume | None
    #: By day: what arrived, reviewed, declined, novel.
    days: Sequence[tuple[date, Arrived]]
    #: The bands, last all together; empty: nothing is old enough.
    calibration: tuple[BandCalibration, ...]
    #: Why the calibration says nothing; empty: it does.
    calibration_gap: str
    age: timedelta
    delays: tuple[SourceDelay, ...]
    label_free: LabelFree
    costs: Costs
    staffing: Staffing
    events: Sequence[DriftEvent]


#: Days of which the payments that are old enough say how the calibration stands.
MATURED_DAYS = 90


def drift_report(  # each is read elsewhere
    version: str,
    reference: DriftReference,
    kept: Kept,
    in_force: InForce,
    *,
    began: datetime,
    age: timedelta,
    currency: str,
) -> DriftReport:
    """Return the report of what was kept."""
    through = kept.held.through.astimezone(UTC)
    # A run that went on to midnight ends with the day before.
    last = (through - timedelta(microseconds=1)).date()
    found = quantities(reference, kept.held.bets, kept.days, last=last)
    own, own_began = days_of_policy(kept.days, began=began, since=in_force.since)
    alerts = _alerts(own, last, began=own_began, through=through, simulated=in_force.simulated)
    bands, gap = _calibration(kept.matured, in_force.chances)
    delays = source_delays(kept.delays)
    pricing = Pricing(days=own, through=through, costs=in_force.costs, staffing=in_force.staffing)
    recent = together(_within(kept.days, last, Windows().long), reference.shares.shape)
    evidence = kept.held.bets.evidence
    return DriftReport(
        model_version=version,
        currency=currency,
        began=began,
        through=through,
        payments=sum(each.payments for _, each in kept.days),
        sampled=kept.held.bets.payments,
        changes=changes(found, alerts, () if gap else bands, delays, pricing),
        quantities=found,
        evidence=float(np.logaddexp.reduce(evidence) - np.log(evidence.size)),
        alerts=alerts,
        days=_within(kept.days, last, Windows().long),
        calibration=bands,
        calibration_gap=gap,
        age=age,
        delays=delays,
        label_free=label_free(recent),
        costs=in_force.costs,
        staffing=in_force.staffing,
        events=kept.events,
    )


def _alerts(
    days: Sequence[tuple[date, Arrived]],
    last: date,
    *,
    began: datetime,
    through: datetime,
    simulated: Expected | None,
) -> Volume | None:
    recent = _within(days, last, Windows().short)
    earlier = [each for each in days if (last - each[0]).days >= Windows().short]
    first = datetime.combine(last - timedelta(days=Windows().short - 1), time(), UTC)
    return volume(recent, through - max(first, began), simulated or expected_by_earlier(earlier))


def _calibration(
    kept: Sequence[tuple[date, Matured]], chances: Chances
) -> tuple[tuple[BandCalibration, ...], str]:
    whole = Matured.none()
    for _, each in kept:
        whole = whole.with_more(each)
    if not whole.payments.sum():
        return (), "nothing_old_enough"
    gap = chances.gap.value if chances.gap is not None else "" if whole.is_answered else "answers_missing"
    least = min(chances.approved, chances.not_approved)
    return calibration(whole, least_chance=least), gap


def _within(days: Sequence[tuple[date, Arrived]], last: date, length: int) -> list[tuple[date, Arrived]]:
    return [each for each in days if 0 <= (last - each[0]).days < length]
