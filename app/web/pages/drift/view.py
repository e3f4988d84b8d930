"""The page of drift: what changed in words, then every part of it in numbers."""

from dataclasses import dataclass
from datetime import date
from math import exp

from app.triage.drift.changes import SourceDelay
from app.triage.drift.days import NOVEL_ABOVE, Arrived
from app.triage.drift.delays import Delay
from app.triage.drift.exchangeability import RISK
from app.triage.drift.maturing import BandCalibration
from app.triage.drift.stability import Band, Stability
from app.triage.drift.standing import QuantityStanding
from app.triage.drift.volume import Cost, Volume, cost_of
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.drift.wording import COMPARED_WITH, GAPS, largest_shift, quantity_name, sentences
from app.web.pages.formatting import few
from app.web.pages.frame import Frame
from app.workflows.policies.drift.report import DriftReport

BANDS = {
    Band.TOO_FEW: (marked("too few"), "unknown"),
    Band.STABLE: (marked("stable"), "legit"),
    Band.MODERATE: (marked("moderate"), "unknown"),
    Band.LARGE: (marked("large"), "fraud"),
}
NOT_KNOWN = marked("not known")
#: Beyond this a number has more digits than meaning.
LARGEST_TOLD = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityRow:
    """One feature, the score or the novelty."""

    name: str
    band: str
    tone: str
    short: str
    long: str
    shift: str
    evidence: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """A name, a value, and what it is compared with."""

    name: str
    value: str
    beside: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRow:
    """One band of probability."""

    name: str
    payments: str
    predicted: str
    found: str
    ratio: str
    is_off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayRow:
    """How long the truths of one source take."""

    source: str
    month: str
    truths: str
    half: str
    nine_in_ten: str
    before: str
    is_changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """What arrived on a day."""

    day: str
    payments: str
    alerts: str
    novel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """That something changed, and why it is said, as it was stored."""

    told: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftPanels:
    """All that is there once payments were counted."""

    looked_at: str
    quantities: tuple[QuantityRow, ...]
    enough: str
    risk: str
    figures: tuple[FigureRow, ...]
    days: tuple[DayRow, ...]
    bands: tuple[BandRow, ...]
    gap: str
    age: str
    delays: tuple[DelayRow, ...]
    estimates: tuple[FigureRow, ...]
    events: tuple[EventLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftPage:
    """The whole page."""

    frame: Frame
    sentences: tuple[str, ...]
    panels: DriftPanels | None


def drift_page(frame: Frame, report: DriftReport | None) -> DriftPage:
    """Return the page of a report; None: nothing was counted."""
    panels = None if report is None or not report.payments else _panels(report)
    return DriftPage(frame=frame, sentences=sentences(report), panels=panels)


def _panels(report: DriftReport) -> DriftPanels:
    enough = report.quantities[0].enough
    return DriftPanels(
        looked_at=(
            worded(
                "Model %(model_version)s: %(payments)s received before %(through)s; features"
                " were read of %(sampled)s of them.",
                model_version=report.model_version,
                payments=formatting.plural(report.payments, "payment", "payments"),
                through=formatting.moment(report.through),
                sampled=formatting.count(report.sampled),
            )
        ),
        quantities=tuple(_quantity(each) for each in report.quantities),
        enough=_e_value(enough),
        risk=formatting.percent(RISK),
        figures=_figures(report),
        days=tuple(_day(*each) for each in reversed(report.days)),
        bands=tuple(_band(each) for each in report.calibration),
        gap=GAPS.get(report.calibration_gap, ""),
        age=formatting.duration(report.age),
        delays=tuple(_delay(each) for each in report.delays),
        estimates=_estimates(report),
        events=tuple(
            EventLine(
                told=f"{formatting.moment(each.happened_at)}: {quantity_name(each.subject)}.",
                reason=each.reason,
            )
            for each in report.events
        ),
    )


def _quantity(each: QuantityStanding) -> QuantityRow:
    band, tone = BANDS[each.short.band]
    since = "" if each.apart_since is None else formatting.calendar_day(each.apart_since)
    return QuantityRow(
        name=quantity_name(each.name),
        band=band,
        tone=tone,
        short=_index(each.short),
        long=_index(each.long),
        shift=largest_shift(each) if each.short.band is not Band.TOO_FEW else "",
        evidence=_e_value(each.evidence),
        since=since if each.changed_at is None else formatting.day(each.changed_at),
    )


def _index(each: Stability) -> str:
    """Return the index without its share of chance; of too few payments it says nothing."""
    if each.band is Band.TOO_FEW:
        return f"{formatting.plural(each.payments, 'payment', 'payments')}"
    return formatting.number(each.corrected, 3)


def _e_value(logarithm: float) -> str:
    value = exp(min(logarithm, 50.0))
    if value > LARGEST_TOLD:
        return worded("over a million")
    return few(value)


def _figures(report: DriftReport) -> tuple[FigureRow, ...]:
    alerts = report.alerts
    if alerts is None:
        return ()
    cost = cost_of(alerts.review_a_day, report.costs, report.staffing)
    novel = alerts.novel / alerts.payments if alerts.payments else 0.0
    usual = formatting.percent(1 - NOVEL_ABOVE / 100)
    return (
        FigureRow(name=worded("Payments a day"), value=few(alerts.payments / alerts.days), beside=""),
        FigureRow(name=worded("Alerts a day"), value=few(alerts.alerts_a_day), beside=_expected(alerts)),
        FigureRow(
            name=worded("Reviews a day"), value=few(alerts.review_a_day), beside=_costing(cost, report)
        ),
        FigureRow(
            name=worded("Novel payments"),
            value=formatting.percent(novel),
            beside=worded("%(usual)s of what it learned from", usual=usual),
        ),
    )


def _expected(alerts: Volume) -> str:
    if alerts.expected is None or alerts.expected_alerts_a_day is None:
        return worded("nothing to compare with yet")
    return worded(
        "%(what)s by %(whom)s",
        what=few(alerts.expected_alerts_a_day),
        whom=COMPARED_WITH[alerts.expected.basis],
    )


def _costing(cost: Cost, report: DriftReport) -> str:
    money = (
        formatting.money(cost.money_a_day, report.currency)
        if report.currency
        else formatting.number(cost.money_a_day)
    )
    return worded(
        "%(hours_a_day)s analyst hours and %(money)s a day", hours_a_day=few(cost.hours_a_day), money=money
    )


def _day(day: date, arrived: Arrived) -> DayRow:
    return DayRow(
        day=formatting.calendar_short(day),
        payments=formatting.count(arrived.payments),
        alerts=formatting.count(arrived.alerts),
        novel=formatting.percent(arrived.novel / arrived.scored) if arrived.scored else NOT_KNOWN,
    )


def _band(each: BandCalibration) -> BandRow:
    is_all = (each.above, each.upto) == (0.0, 1.0)
    ends = worded(
        "%(low)s to %(high)s",
        low=formatting.fine_percent(each.above),
        high=formatting.fine_percent(each.upto),
    )
    ratio = NOT_KNOWN if each.ratio is None else formatting.number(each.ratio)
    return BandRow(
        name=worded("All") if is_all else ends,
        payments=formatting.count(each.payments),
        predicted=few(each.predicted),
        found=worded(
            "%(found)s (%(low)s to %(high)s)", found=few(each.found), low=few(each.low), high=few(each.high)
        ),
        ratio=ratio,
        is_off=each.is_off,
    )


def _delay(each: SourceDelay) -> DelayRow:
    return DelayRow(
        source=worded(each.source),
        month=formatting.calendar_month(each.month),
        truths=formatting.count(each.now.truths),
        half=_half(each.now),
        nine_in_ten=NOT_KNOWN if each.now.nine_in_ten is None else formatting.duration(each.now.nine_in_ten),
        before=_half(each.before),
        is_changed=each.is_changed,
    )


def _half(delay: Delay) -> str:
    return NOT_KNOWN if delay.median is None else formatting.duration(delay.median)


def _estimates(report: DriftReport) -> tuple[FigureRow, ...]:
    found = report.label_free
    return tuple(
        FigureRow(name=name, value=NOT_KNOWN if share is None else formatting.percent(share), beside="")
        for name, share in (
            (worded("Frauds among declines"), found.precision),
            (worded("Frauds that are approved"), found.miss_rate),
        )
    )
