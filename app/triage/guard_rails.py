"""What a manager must answer before a policy goes on: warnings that are kept with their reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.scoring.templated_text import Templated
from app.triage.certificate import Certificate
from app.triage.measured_rates import NOTHING_MEASURED, MeasuredRates, typed_otherwise
from app.triage.policies.policy import Policy
from app.triage.simulation.observed import MINIMUM, Observed
from app.triage.simulation.replay import Outcome
from app.triage.written_numbers import count, exact_percent, few, percent, plain


class Guard(StrEnum):
    """What can be wrong with a policy that is not impossible."""

    BOUNDS_OUT_OF_ORDER = "bounds_out_of_order"
    WINDOW_EMPTY = "window_empty"
    WINDOW_SHORT = "window_short"
    OVER_CAPACITY = "over_capacity"
    PROMISE_BROKEN = "promise_broken"
    SUPERSEDED = "superseded"
    MEASURED_OTHERWISE = "measured_otherwise"


#: Guards that say that nothing is known: whoever signs answers them anew, in words of their own.
NOT_KNOWN = frozenset({Guard.WINDOW_EMPTY, Guard.WINDOW_SHORT})


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardWarning:
    """Something a manager has to answer."""

    guard: Guard
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredWarning:
    """A warning with the reason why it was passed over."""

    guard: Guard
    sentence: str
    answer: str


class WarningsUnanswered(Exception):
    """There are warnings that must be answered with a reason."""

    def __init__(self, warnings: Sequence[GuardWarning]) -> None:
        super().__init__("; ".join(warning.sentence for warning in warnings))
        self.warnings = tuple(warnings)


def guard_rails(
    policy: Policy,
    outcome: Outcome,
    certificate: Certificate | None,
    observed: Observed,
    measured: MeasuredRates = NOTHING_MEASURED,
) -> tuple[GuardWarning, ...]:
    """Return what must be answered before this policy is kept, shown its outcome on what was observed.

    A guard that cannot be worked out has not been passed: that has to be answered, too.
    """
    found = {
        Guard.BOUNDS_OUT_OF_ORDER: _out_of_order(policy),
        Guard.WINDOW_EMPTY: _empty(outcome),
        Guard.WINDOW_SHORT: _short(outcome, observed),
        Guard.OVER_CAPACITY: _over_capacity(policy, outcome),
        Guard.PROMISE_BROKEN: _broken(outcome, certificate),
        Guard.MEASURED_OTHERWISE: typed_otherwise(policy.costs, measured),
    }
    return tuple(
        GuardWarning(guard=guard, sentence=sentence) for guard, sentence in found.items() if sentence
    )


def superseded(active_id: int) -> GuardWarning:
    """Return the warning that a policy was drafted from a version which decides no longer."""
    return GuardWarning(
        guard=Guard.SUPERSEDED,
        sentence=Templated(
            "It was drafted from a version that no longer decides:"
            " it would undo what version %(active_id)s changed.",
            active_id=str(active_id),
        ),
    )


def answered(warnings: Sequence[GuardWarning], answers: Mapping[Guard, str]) -> tuple[AnsweredWarning, ...]:
    """Return the warnings with their answers; raises `WarningsUnanswered` with those that have none."""
    open_ones = [warning for warning in warnings if not answers.get(warning.guard, "").strip()]
    if open_ones:
        raise WarningsUnanswered(open_ones)
    return tuple(
        AnsweredWarning(guard=warning.guard, sentence=warning.sentence, answer=answers[warning.guard].strip())
        for warning in warnings
    )


def _out_of_order(policy: Policy) -> str:
    for band in policy.all_bands:
        if not band.bounds.are_in_order:
            if not policy.bands:
                return Templated(
                    "The approve bound lies above the decline bound: what both claim goes to manual review."
                )
            return Templated(
                "The approve bound for amounts from %(amount)s lies above the decline bound:"
                " what both claim goes to manual review.",
                amount=plain(band.amount_from),
            )
    for smaller, larger in zip(policy.all_bands, policy.all_bands[1:], strict=False):
        if larger.bounds.approve_at_most > smaller.bounds.approve_at_most:
            return Templated(
                "Amounts from %(amount)s are approved more readily than smaller ones.",
                amount=plain(larger.amount_from),
            )
    return ""


def _empty(outcome: Outcome) -> str:
    if outcome.labels.total:
        return ""
    return Templated(
        "No transaction of the window was scored by this model: nothing says what these bounds would do."
    )


def _short(outcome: Outcome, observed: Observed) -> str:
    if observed.is_enough or not outcome.labels.total:
        return ""
    return Templated(
        "Too little was observed to know how many cases a day these thresholds send to manual review:"
        " %(observed)s, and it takes %(minimum)s.",
        observed=observed.told,
        minimum=MINIMUM,
    )


def _over_capacity(policy: Policy, outcome: Outcome) -> str:
    capacity, reviews = policy.staffing.reviews_per_day, outcome.reviews_per_day
    if reviews is None or reviews <= capacity:
        return ""
    return Templated(
        "It leaves about %(reviews)s cases a day to people who can decide %(capacity)s.",
        reviews=few(reviews),
        capacity=few(capacity),
    )


def _broken(outcome: Outcome, certificate: Certificate | None) -> str:
    """The newest labels contradict a promise when even the lower end of their interval breaks it."""
    if certificate is None:
        return ""
    risk = outcome.risk
    if risk.miss_rate.low <= certificate.miss_rate_at_most:
        return ""
    return Templated(
        "The promise of missing at most %(promised)s of frauds no longer holds: on the newest labels it"
        " misses at least %(missed)s (%(approved)s of %(frauds)s known frauds).",
        promised=exact_percent(certificate.miss_rate_at_most),
        missed=percent(risk.miss_rate.low),
        approved=count(risk.known_frauds_approved),
        frauds=count(risk.known_frauds),
    )
