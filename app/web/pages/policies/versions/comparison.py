"""Champion and challenger in words: which of the two models says better what payments are."""

from dataclasses import dataclass

from app.triage.betting.mean import MeanInterval
from app.triage.betting.paired import Comparison
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.policies.unseen_frauds import unseen_frauds
from app.workflows.policies.comparing import ComparisonReport, WhyNotCompared

VERDICTS = {
    Comparison.BETTER: (marked("better"), "legit"),
    Comparison.NO_DIFFERENCE_YET: (marked("no difference yet"), "unknown"),
    Comparison.WORSE: (marked("worse"), "fraud"),
}
SAME_MODEL = marked("It has the model that decides: scores are the same, and there is nothing to compare.")
#: Payments of which a saved loss is told: of one it is too small to read.
TOLD_PAYMENTS = 1000
CONFIDENCE = "95 %"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonView:
    """How the challenger compares."""

    verdict: str
    tone: str
    #: What is compared, what came of it, and what was looked at.
    sentences: tuple[str, ...]


def comparison_view(report: ComparisonReport | None) -> ComparisonView | None:
    """Return a report as the page shows it; None: there is none."""
    if report is None:
        return None
    verdict, tone = VERDICTS[report.verdict]
    if report.why_not is WhyNotCompared.SAME_MODEL:
        return ComparisonView(verdict=verdict, tone=tone, sentences=(SAME_MODEL,))
    models = worded(
        "Challenger %(challenger)s beside champion %(champion)s.",
        challenger=report.challenger,
        champion=report.champion,
    )
    return ComparisonView(verdict=verdict, tone=tone, sentences=(models, _found(report), *_looked_at(report)))


def _found(report: ComparisonReport) -> str:
    if report.why_not is not None or report.saved is None:
        return _why(report)
    return {
        Comparison.BETTER: worded(
            "The challenger's probabilities are better: %(saved)s.", saved=_saved(report.saved)
        ),
        Comparison.WORSE: worded(
            "The challenger's probabilities are worse: %(saved)s.", saved=_saved(report.saved)
        ),
        Comparison.NO_DIFFERENCE_YET: worded(
            "Neither is known to be better: %(saved)s.", saved=_saved(report.saved)
        ),
    }[report.verdict]


def _saved(saved: MeanInterval) -> str:
    mean, low, high = (
        formatting.signed(TOLD_PAYMENTS * each) for each in (saved.mean, saved.low, saved.high)
    )
    return worded(
        "of %(told_payments)s payments it saves %(mean)s of squared error (Brier),"
        " between %(low)s and %(high)s with %(confidence)s confidence, however often one"
        " looks",
        told_payments=formatting.count(TOLD_PAYMENTS),
        mean=mean,
        low=low,
        high=high,
        confidence=CONFIDENCE,
    )


def _why(report: ComparisonReport) -> str:
    told = unseen_frauds(worded("the active policy"), unanswered=report.unanswered, drawn=report.drawn)
    return told.get(report.why_not or "", "No payment that both scored is old enough yet.")


def _looked_at(report: ComparisonReport) -> tuple[str, ...]:
    age = formatting.duration(report.rule.age)
    payments = formatting.plural(report.payments, "payment", "payments")
    frauds = formatting.plural(report.frauds, "fraud", "frauds")
    told = worded(
        "Seen: %(payments)s that both scored, %(frauds)s among them.", payments=payments, frauds=frauds
    )
    enter = worded("Payments enter %(age)s after they arrive, with what is known then.", age=age)
    return (told, enter, worded("No more enter: it has ended.")) if report.has_ended else (told, enter)
