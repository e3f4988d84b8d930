"""What changed, since when, and what it costs a day: the most costly first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from app.scoring.arrays import Floats
from app.triage.costs import Costs
from app.triage.drift.days import Arrived
from app.triage.drift.delays import Delay, delay_of, is_changed
from app.triage.drift.maturing import BandCalibration
from app.triage.drift.standing import QuantityStanding
from app.triage.drift.volume import Cost, Volume, cost_of, expected_by_earlier, volume
from app.triage.staffing import Staffing


class ChangeKind(StrEnum):
    """What changed."""

    ALERTS = "alerts"
    CALIBRATION = "calibration"
    QUANTITY = "quantity"
    DELAY = "delay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is not as it was."""

    kind: ChangeKind
    #: The quantity or the source; empty where there is one such thing only.
    subject: str = ""
    since: datetime | None = None
    #: Of the reviews there are more of since; None: not known, or nothing to be counted in reviews.
    cost: Cost | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDelay:
    """How long the truths of a source take: in the newest month, and in those before."""

    source: str
    month: date
    now: Delay
    before: Delay
    is_changed: bool


def source_delays(kept: dict[tuple[str, date], Floats]) -> tuple[SourceDelay, ...]:
    """Return the delays of each source; `kept`: counts by source and month, shape (STEPS,) each."""
    found = []
    for source in sorted({source for source, _ in kept}):
        months = sorted(month for each, month in kept if each == source)
        newest = kept[source, months[-1]]
        earlier = sum((kept[source, month] for month in months[:-1]), start=0 * newest)
        found.append(
            SourceDelay(
                source=source,
                month=months[-1],
                now=delay_of(newest),
                before=delay_of(earlier),
                is_changed=is_changed(newest, earlier),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """By what a change is priced: the days as they were counted, up to a moment, and what a review costs."""

    days: Sequence[tuple[date, Arrived]]
    through: datetime
    costs: Costs
    staffing: Staffing

    def since(self, moment: datetime) -> Cost | None:
        """Return what the reviews cost that there are more of since a moment than before; None: not known."""
        after = [each for each in self.days if each[0] >= moment.date()]
        before = [each for each in self.days if each[0] < moment.date()]
        began = datetime.combine(moment.date(), time(), UTC)
        found = volume(after, self.through - began, expected_by_earlier(before))
        return self.of(found)

    def of(self, found: Volume | None) -> Cost | None:
        """Return what the reviews of a window cost beyond the expected ones."""
        more = None if found is None else found.more_reviews_a_day
        return None if more is None else cost_of(more, self.costs, self.staffing)


def changes(
    quantities: Sequence[QuantityStanding],
    alerts: Volume | None,
    calibration: Sequence[BandCalibration],
    delays: Sequence[SourceDelay],
    pricing: Pricing,
) -> tuple[Change, ...]:
    """Return what changed, the most costly first; `calibration`: the bands, and last all together."""
    found = [
        *(_of_quantity(each, pricing) for each in quantities if each.is_changed),
        *(
            Change(kind=ChangeKind.DELAY, subject=each.source, since=_begins(each.month))
            for each in delays
            if each.is_changed
        ),
    ]
    if alerts is not None and alerts.is_changed:
        since = pricing.through - timedelta(days=alerts.days)
        found.append(Change(kind=ChangeKind.ALERTS, since=since, cost=pricing.of(alerts)))
    if calibration and calibration[-1].is_off:
        found.append(Change(kind=ChangeKind.CALIBRATION))
    return tuple(_by_cost(found))


def _of_quantity(each: QuantityStanding, pricing: Pricing) -> Change:
    since = each.changed_at or (None if each.apart_since is None else _begins(each.apart_since))
    cost = None if since is None else pricing.since(since)
    return Change(kind=ChangeKind.QUANTITY, subject=each.name, since=since, cost=cost)


def _by_cost(found: Iterable[Change]) -> list[Change]:
    """Return changes by what they cost; of those that cost nothing known, alerts and calibration first."""
    order = list(ChangeKind)
    return sorted(
        found, key=lambda each: (-(each.cost.money_a_day if each.cost else 0.0), order.index(each.kind))
    )


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
