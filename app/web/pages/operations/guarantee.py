"""Whether the active policy's promise stays true, in words."""

from dataclasses import dataclass

from app.triage.guarantee.standing import Standing
from app.web.pages import formatting
from app.web.pages.policies.unseen_frauds import unseen_frauds
from app.workflows.policies.guarantee import GuaranteeReport

STANDINGS = {
    Standing.CERTIFIED: ("certified again", "legit"),
    Standing.NOT_KNOWN: ("not known yet", "unknown"),
    Standing.BROKEN: ("broken", "fraud"),
}
NOTHING_PROMISED = "The active policy promises nothing."


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeView:
    """How the promise stands."""

    standing: str
    tone: str
    #: What is promised, what is known of it, and what was looked at.
    sentences: tuple[str, ...]
    #: When it stood otherwise, newest first.
    events: tuple[str, ...]


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
            f"{formatting.moment(event.happened_at)}: {STANDINGS[event.standing][0]}. {event.reason}"
            for event in report.events
        ),
    )


def _promised(report: GuaranteeReport) -> str:
    share = formatting.percent(report.promised.miss_rate)
    return (
        f"Policy {formatting.count(report.policy_id)} promises: of all frauds at most {share} are approved."
    )


def _found(report: GuaranteeReport) -> str:
    verdict = report.verdict
    if verdict is None:
        return _why(report)
    risk = formatting.percent(report.promised.risk)
    since = f"Since {formatting.day(verdict.at)}, from {_frauds(verdict.frauds)}"
    if report.standing is Standing.BROKEN:
        return f"{since}: more are approved. This is wrong with a chance of at most {risk}."
    return f"{since}: the promise is kept. This is wrong with a chance of at most {risk}."


def _why(report: GuaranteeReport) -> str:
    told = unseen_frauds("the policy", unanswered=report.unanswered, drawn=report.drawn)
    return told.get(report.why_not_known or "", "The frauds seen so far prove neither.")


def _looked_at(report: GuaranteeReport) -> tuple[str, ...]:
    age = formatting.duration(report.rule.age)
    entered = (
        "none is old enough yet."
        if report.through is None
        else f"those received before {formatting.moment(report.through)} have."
    )
    told = f"Seen: {_frauds(report.frauds)}, {formatting.count(report.missed)} of them approved."
    return (
        told,
        f"Payments enter {age} after they arrive, with what is known then; {entered}",
        *_by_lists(report),
    )


def _by_lists(report: GuaranteeReport) -> tuple[str, ...]:
    lists = report.by_lists
    if not lists.blocked and not lists.allowed:
        return ()
    declined = formatting.plural(lists.blocked, "payment", "payments")
    approved = formatting.plural(lists.allowed, "payment", "payments")
    told = f"Lists decided without the model: {declined} blocked, {approved} allowed. They do not count here."
    frauds = f"Frauds among the allowed, as far as known: {formatting.count(lists.allowed_frauds)}."
    return (f"{told} {frauds}",)


def _frauds(number: int) -> str:
    return formatting.plural(number, "fraud", "frauds")
