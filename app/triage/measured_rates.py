"""How often people are right, as measured: what the typed rates of the costs are held against."""

from dataclasses import dataclass
from enum import StrEnum

from app.scoring.templated_text import Templated, together
from app.triage.costs import Costs
from app.triage.simulation.estimates import Estimate
from app.triage.written_numbers import count, exact_percent, percent, plural

#: Fewer cases of known truth are shown; nothing is set by them, and nobody is warned.
ENOUGH_CASES = 30


class Basis(StrEnum):
    """From which truths a rate of people was measured, in the order in which they are believed."""

    CONTROL_CASES = "control_cases"
    SECOND_REVIEWS = "second_reviews"
    LATER_REPORTS = "later_reports"


BASES = {
    Basis.CONTROL_CASES: Templated("control cases"),
    Basis.SECOND_REVIEWS: Templated("second reviews"),
    Basis.LATER_REPORTS: Templated("later reports"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRate:
    """One rate by one kind of truth."""

    basis: Basis
    #: `value` is None where one side of it is not known; its ends hold all the same.
    rate: Estimate
    #: Verdicts whose truth is known to be the one the rate is about.
    cases: int

    @property
    def is_usable(self) -> bool:
        """Whether it is known from enough cases to stand in the costs."""
        return self.rate.value is not None and self.cases >= ENOUGH_CASES

    @property
    def told(self) -> Templated:
        """The rate in words, with its interval and what it rests on."""
        high = 1.0 if self.rate.high is None else self.rate.high
        ends = {"low": percent(self.rate.low), "high": percent(high)}
        verdicts = plural(self.cases, "verdict", "verdicts")
        if self.rate.value is not None:
            return Templated(
                "%(share)s, between %(low)s and %(high)s (%(verdicts)s)",
                share=percent(self.rate.value),
                verdicts=verdicts,
                **ends,
            )
        if (self.rate.low, high) == (0.0, 1.0):
            return Templated("not known (%(verdicts)s)", verdicts=verdicts)
        return Templated("not known, between %(low)s and %(high)s (%(verdicts)s)", verdicts=verdicts, **ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRates:
    """What people find and what they wrongly decline, by each kind of truth."""

    #: Share of reviewed frauds that people call fraud.
    detection_rate: tuple[MeasuredRate, ...] = ()
    #: Share of reviewed legits that people call fraud.
    analyst_false_decline_rate: tuple[MeasuredRate, ...] = ()


NOTHING_MEASURED = MeasuredRates()


def believed(measured: tuple[MeasuredRate, ...]) -> MeasuredRate | None:
    """Return the first usable one: by the kind of truth, never by what it says."""
    order = list(Basis)
    usable = [each for each in measured if each.is_usable]
    return min(usable, key=lambda each: order.index(each.basis), default=None)


def typed_otherwise(costs: Costs, measured: MeasuredRates) -> str:
    """Return what the measured intervals say against typed rates; empty where nothing does."""
    finds = _otherwise(Templated("Frauds an analyst finds"), costs.detection_rate, measured.detection_rate)
    declines = _otherwise(
        Templated("Legits an analyst declines"),
        costs.analyst_false_decline_rate,
        measured.analyst_false_decline_rate,
    )
    told = [each for each in (finds, declines) if each]
    return together(told) if told else ""


def _otherwise(label: Templated, typed: float, measured: tuple[MeasuredRate, ...]) -> str:
    found = believed(measured)
    if found is None or found.rate.low <= typed <= (1.0 if found.rate.high is None else found.rate.high):
        return ""
    return Templated(
        "%(label)s: %(typed)s is typed, %(low)s to %(high)s is measured on %(cases)s verdicts (%(basis)s).",
        label=label,
        typed=exact_percent(typed),
        low=percent(found.rate.low),
        high=percent(found.rate.high or 0.0),
        cases=count(found.cases),
        basis=BASES[found.basis],
    )
