"""How many alerts there are a day against what was to be expected, and what the difference costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from app.triage.binomial import clopper_pearson
from app.triage.costs import Costs
from app.triage.drift.days import Arrived
from app.triage.staffing import MINUTES_OF_HOUR, Staffing

DAY: Final = timedelta(days=1)
#: Less observed time says nothing of a day.
LEAST: Final = timedelta(hours=20)
# Alerts come in bursts: a rate is called another one only where it moved by this much, too.
FACTOR: Final = 1.25
#: Of the exact interval of a share in so many looks.
CONFIDENCE: Final = 0.9995


class Basis(StrEnum):
    """What alerts are compared with."""

    SIMULATION = "simulation"
    EARLIER = "earlier_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Shares of payments that were to be reviewed and declined."""

    review: float
    declined: float
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Alerts of a window, as a day has them."""

    payments: int
    review: int
    declined: int
    novel: int
    days: float
    expected: Expected | None

    @property
    def review_a_day(self) -> float:
        """Payments a day that people look at."""
        return self.review / self.days

    @property
    def alerts_a_day(self) -> float:
        """Payments a day that were not approved."""
        return (self.review + self.declined) / self.days

    @property
    def expected_alerts_a_day(self) -> float | None:
        """As many as the same payments were to give."""
        if self.expected is None:
            return None
        return (self.expected.review + self.expected.declined) * self.payments / self.days

    @property
    def more_reviews_a_day(self) -> float | None:
        """Reviews beyond the expected ones, negative where there are fewer; None: nothing was expected."""
        if self.expected is None:
            return None
        return (self.review - self.expected.review * self.payments) / self.days

    @property
    def is_changed(self) -> bool:
        """Whether the share of alerts is another one, by more than chance and by more than a little."""
        if self.expected is None or not self.payments:
            return False
        share = self.expected.review + self.expected.declined
        return _is_another(self.review + self.declined, self.payments, share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a number of reviews a day costs."""

    hours_a_day: float
    money_a_day: float


def volume(
    days: Sequence[tuple[date, Arrived]], observed: timedelta, expected: Expected | None
) -> Volume | None:
    """Return the alerts of a window that was observed so long; None: too short to speak of a day."""
    if observed < LEAST:
        return None
    return Volume(
        payments=sum(each.payments for _, each in days),
        review=sum(each.review for _, each in days),
        declined=sum(each.declined for _, each in days),
        novel=sum(each.novel for _, each in days),
        days=observed / DAY,
        expected=expected,
    )


def days_of_policy(
    days: Sequence[tuple[date, Arrived]], *, began: datetime, since: datetime
) -> tuple[list[tuple[date, Arrived]], datetime]:
    """Return the days that the policy in force decided alone, and when they begin.

    `began` is when the model first decided, `since` when the policy in force last began to. What people were
    asked before is what another policy asked, or nobody while another model decided.
    """
    if since <= began:
        return list(days), began
    first = since.astimezone(UTC).date() + timedelta(days=1)
    return [each for each in days if each[0] >= first], datetime.combine(first, time(), UTC)


def expected_by_simulation(result: Mapping[str, Any] | None) -> Expected | None:
    """Return what a kept simulation (`app.workflows.policies.history.record_of`) says of its own policy."""
    labels = None if result is None else result["after"]["labels"]
    total = 0 if labels is None else sum(labels.values())
    if labels is None or not total:
        return None
    return Expected(
        review=labels["unknown"] / total, declined=labels["fraud"] / total, basis=Basis.SIMULATION
    )


def expected_by_earlier(days: Sequence[tuple[date, Arrived]]) -> Expected | None:
    """Return the shares of earlier days; None: there are none."""
    payments = sum(each.payments for _, each in days)
    if not payments:
        return None
    return Expected(
        review=sum(each.review for _, each in days) / payments,
        declined=sum(each.declined for _, each in days) / payments,
        basis=Basis.EARLIER,
    )


def cost_of(reviews_a_day: float, costs: Costs, staffing: Staffing) -> Cost:
    """Return what so many reviews a day cost, by what the policy says of one."""
    return Cost(
        hours_a_day=reviews_a_day * staffing.minutes_per_review / MINUTES_OF_HOUR,
        money_a_day=reviews_a_day * costs.review,
    )


def _is_another(hits: int, trials: int, share: float) -> bool:
    low, high = clopper_pearson(hits, trials, CONFIDENCE)
    rate = hits / trials
    is_far = max(rate, share) > FACTOR * min(rate, share)
    return is_far and not low <= share <= high
