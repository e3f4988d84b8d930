"""What changed, since when, and what it costs, in sentences."""

from app.triage.drift.binned import NOVELTY, SCORE
from app.triage.drift.changes import Change, ChangeKind, SourceDelay
from app.triage.drift.maturing import BandCalibration
from app.triage.drift.standing import QuantityStanding
from app.triage.drift.volume import Basis, Cost, Volume
from app.web.languages.sentences import marked, said, worded
from app.web.pages import formatting
from app.web.pages.formatting import few
from app.workflows.policies.drift.report import DriftReport

OWN_NAMES = {SCORE: marked("The score"), NOVELTY: marked("Novelty")}
COMPARED_WITH = {
    Basis.SIMULATION: marked("the policy's simulation"),
    Basis.EARLIER: marked("the days before"),
}
NOTHING_COUNTED = marked("Not known yet: no payment of the model in force has been counted.")
NOTHING_CHANGED = marked("Nothing changed, as far as is known.")


def sentences(report: DriftReport | None) -> tuple[str, ...]:
    """Return what changed, the most costly first; or that nothing did, or that it is not known yet."""
    if report is None or not report.payments:
        return (NOTHING_COUNTED,)
    told = tuple(_sentence(each, report) for each in report.changes)
    if told:
        return told
    if all(each.short.payments == 0 for each in report.quantities):
        return (worded("Not known yet: no scored payment arrived in the last days."),)
    return (NOTHING_CHANGED,)


def quantity_name(name: str) -> str:
    """Return a quantity's name as people read it."""
    return OWN_NAMES.get(name, name)


def _sentence(change: Change, report: DriftReport) -> str:
    if change.kind is ChangeKind.QUANTITY:
        standing = next(each for each in report.quantities if each.name == change.subject)
        return f"{_moved(standing, change)} {_cost(change.cost, report)}"
    if change.kind is ChangeKind.DELAY:
        return _slower(next(each for each in report.delays if each.source == change.subject))
    if change.kind is ChangeKind.CALIBRATION:
        return _off(report.calibration[-1])
    return f"{_more(report.alerts)} {_cost(change.cost, report)}"


def _moved(standing: QuantityStanding, change: Change) -> str:
    since = "" if change.since is None else worded(" since %(since)s", since=formatting.day(change.since))
    index = formatting.number(standing.short.corrected)
    told = worded("%(name)s changed%(since)s:", name=quantity_name(standing.name), since=since)
    if standing.is_apart:
        return worded(
            "%(told)s its stability index is %(index)s, %(band)s.",
            told=told,
            index=index,
            band=worded(standing.short.band.value),
        )
    return worded("%(told)s payments no longer come as they came before.", told=told)


def _more(alerts: Volume | None) -> str:
    if alerts is None or alerts.expected is None or alerts.expected_alerts_a_day is None:
        return worded("Alerts changed.")
    now, expected = few(alerts.alerts_a_day), few(alerts.expected_alerts_a_day)
    basis = COMPARED_WITH[alerts.expected.basis]
    return worded(
        "Alerts changed: %(now)s a day in the last days, %(expected)s by %(basis)s.",
        now=now,
        expected=expected,
        basis=basis,
    )


def _cost(cost: Cost | None, report: DriftReport) -> str:
    if cost is None:
        return worded("What it costs is not known yet.")
    more = worded("more") if cost.money_a_day >= 0 else worded("less")
    amount, hours = abs(cost.money_a_day), few(abs(cost.hours_a_day))
    money = formatting.money(amount, report.currency) if report.currency else formatting.number(amount)
    return worded(
        "Reviews since: %(money)s a day %(more)s (%(hours)s analyst hours a day).",
        money=money,
        more=more,
        hours=hours,
    )


def _off(whole: BandCalibration) -> str:
    found, predicted = few(whole.found), few(whole.predicted)
    interval = worded("%(low)s to %(high)s", low=few(whole.low), high=few(whole.high))
    return worded(
        "Probabilities are off: %(found)s frauds were found (%(interval)s) where"
        " %(predicted)s were predicted. What it costs is not known: thresholds on cost"
        " and expected losses rest on them.",
        found=found,
        interval=interval,
        predicted=predicted,
    )


def _slower(delay: SourceDelay) -> str:
    now, before = median(delay), delay.before.median
    slow = "" if before is None else worded(", %(before)s before", before=formatting.duration(before))
    return worded(
        "Truths from %(source)s take another time: half arrive within %(now)s in"
        " %(month)s%(slow)s. No cost is counted.",
        source=worded(delay.source),
        now=now,
        month=formatting.calendar_month(delay.month),
        slow=slow,
    )


def median(delay: SourceDelay) -> str:
    """Return within which time half of the newest truths arrived."""
    return worded("not known") if delay.now.median is None else formatting.duration(delay.now.median)


#: Why the calibration says nothing.
GAPS = {
    "nothing_old_enough": marked("No payment is old enough yet."),
    "declines_not_audited": marked("Nobody looks at declines: their frauds are not seen."),
    "approvals_not_seen": marked("Nobody looks at approvals: their frauds are not seen."),
    "answers_missing": marked("Too many payments drawn for people had no verdict at that age."),
}


def largest_shift(standing: QuantityStanding) -> str:
    """Return the bin that moved most."""
    if not standing.short.payments:
        return ""
    most = max(standing.bins, key=lambda each: abs(each.now - each.then))
    return worded(
        "%(label)s: %(now)s, was %(then)s",
        label=said(most.label),
        now=formatting.percent(most.now),
        then=formatting.percent(most.then),
    )
