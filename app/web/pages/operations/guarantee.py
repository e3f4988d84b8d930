"""Whether the active policy's promise stays true, in words."""

from dataclasses import dataclass

from app.triage.guarantee.standing import Standing
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.policies.unseen_frauds import unseen_frauds
from app.workflows.policies.guarantee import GuaranteeReport

STANDINGS = {
    Standing.CERTIFIED: (marked("certified again"), "legit"),
    Standing.NOT_KNOWN: (marked("not known yet"), "unknown"),
    Standing.BROKEN: (marked("broken"), "fraud"),
}
NOTHING_PROMISED = marked("The active policy promises nothing.")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """That it stood otherwise from a moment on, and why, as it was stored."""

    told: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeView:
    """How the promise stands."""

    standing: str
    tone: str
    #: What is promised, what is known of it, and what was looked at.
    sentences: tuple[str, ...]
    #: When it stood otherwise, newest first.
    events: tuple[EventLine, ...]


def guarantee_view(report: GuaranteeReport | None) -> GuaranteeView:
    """Return a report as the page shows it."""
    if report is None:
        standing, tone = STANDINGS[Standing.NOT_KNOWN]
        return GuaranteeView(standing=standing, tone=tone, sentences=(NOTHING_PROMISED,), events=())
    standing, tone = STANDINGS[report.standing]
    return GuaranteeView(
        standing=standing,
        tone=tone,
        sentences=(_promised(report), _found(report), *_looked_at(report)),
        events=tuple(
            EventLine(
                told=f"{formatting.moment(event.happened_at)}: {STANDINGS[event.standing][0]}.",
                reason=event.reason,
            )
            for event in report.events
        ),
    )


def _promised(report: GuaranteeReport) -> str:
    share = formatting.percent(report.promised.miss_rate)
    return worded(
        "Policy %(policy_id)s promises: of all frauds at most %(share)s are approved.",
        policy_id=formatting.count(report.policy_id),
        share=share,
    )


def _found(report: GuaranteeReport) -> str:
    verdict = report.verdict
    if verdict is None:
        return _why(report)
    risk = formatting.percent(report.promised.risk)
    since = worded(
        "Since %(at)s, from %(frauds)s", at=formatting.day(verdict.at), frauds=_frauds(verdict.frauds)
    )
    if report.standing is Standing.BROKEN:
        return worded(
            "%(since)s: more are approved. This is wrong with a chance of at most %(risk)s.",
            since=since,
            risk=risk,
        )
    return worded(
        "%(since)s: the promise is kept. This is wrong with a chance of at most %(risk)s.",
        since=since,
        risk=risk,
    )


def _why(report: GuaranteeReport) -> str:
    told = unseen_frauds(worded("the policy"), unanswered=report.unanswered, drawn=report.drawn)
    return told.get(report.why_not_known or "", worded("The frauds seen so far prove neither."))


def _looked_at(report: GuaranteeReport) -> tuple[str, ...]:
    age = formatting.duration(report.rule.age)
    entered = (
        worded("none is old enough yet.")
        if report.through is None
        else worded("those received before %(through)s have.", through=formatting.moment(report.through))
    )
    told = worded(
        "Seen: %(frauds)s, %(missed)s of them approved.",
        frauds=_frauds(report.frauds),
        missed=formatting.count(report.missed),
    )
    entering = worded(
        "Payments enter %(age)s after they arrive, with what is known then; %(entered)s",
        age=age,
        entered=entered,
    )
    return (told, entering, *_by_lists(report))


def _by_lists(report: GuaranteeReport) -> tuple[str, ...]:
    lists = report.by_lists
    if not lists.blocked and not lists.allowed:
        return ()
    return (
        worded(
            "Lists decided without the model: %(declined)s blocked, %(approved)s allowed. They do not count"
            " here. Frauds among the allowed, as far as known: %(frauds)s.",
            declined=formatting.plural(lists.blocked, "payment", "payments"),
            approved=formatting.plural(lists.allowed, "payment", "payments"),
            frauds=formatting.count(lists.allowed_frauds),
        ),
    )


def _frauds(number: int) -> str:
    return formatting.plural(number, "fraud", "frauds")
