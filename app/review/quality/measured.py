"""How many frauds people find, and how many legits they decline: verdicts against truths of others.

No truth comes from the verdict it judges: control cases have one beforehand, second reviews and rulings are
another person's word, reports came later. Nothing heard is no truth. Where a truth is open, the interval
holds whichever it turns out to be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.review.outcome import GroundTruth
from app.review.quality.rates import CONFIDENCE
from app.triage.binomial import clopper_pearson
from app.triage.measured_rates import Basis, MeasuredRate, MeasuredRates
from app.triage.simulation.estimates import Estimate, Part, share

FRAUD, LEGIT = GroundTruth.FRAUD, GroundTruth.LEGIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """So many judgements that have all of this in common; what was judged as a group is one."""

    said: GroundTruth
    #: None: not known, or not yet.
    truth: GroundTruth | None
    #: With which the truth would have become known; None: its source does not say.
    chance: float | None
    cases: int


def measured_rates(
    controls: Sequence[Checked], seconds: Sequence[Checked], reports: Sequence[Checked]
) -> MeasuredRates:
    """Return both rates by each kind of truth.

    `controls` are verdicts on control cases; `seconds` first verdicts that another person was asked to look
    at, each with the chance of that; `reports` all verdicts that are old enough to be reported on.
    """
    return MeasuredRates(
        detection_rate=_by_basis(controls, seconds, reports, truth=FRAUD),
        analyst_false_decline_rate=_by_basis(controls, seconds, reports, truth=LEGIT),
    )


def _by_basis(
    controls: Sequence[Checked],
    seconds: Sequence[Checked],
    reports: Sequence[Checked],
    *,
    truth: GroundTruth,
) -> tuple[MeasuredRate, ...]:
    found = (
        (Basis.CONTROL_CASES, controls, exact_rate(controls, truth)),
        (Basis.SECOND_REVIEWS, seconds, _weighted(seconds, truth)),
        (Basis.LATER_REPORTS, reports, _reported(reports, truth)),
    )
    return tuple(
        MeasuredRate(basis=basis, rate=rate, cases=_cases(checked, truth)) for basis, checked, rate in found
    )


def exact_rate(checked: Sequence[Checked], truth: GroundTruth) -> Estimate:
    """Return the share called fraud of those with this truth, each counting alike (Clopper and Pearson 1934).

    Each end holds however open truths turn out: below, all that were called legit and none of the others
    have this truth; above, the other way round.
    """
    hits, others = _cases(checked, truth, said=FRAUD), _cases(checked, truth, said=LEGIT)
    open_hits, open_others = _cases(checked, None, said=FRAUD), _cases(checked, None, said=LEGIT)
    return Estimate(
        value=hits / (hits + others) if hits + others else None,
        low=_end(hits, hits + others + open_others)[0],
        high=_end(hits + open_hits, hits + open_hits + others)[1],
    )


def weighted_rate(checked: Sequence[Checked], truth: GroundTruth) -> Estimate:
    """Return the same where chances differ: each verdict weighs the inverse of its own.

    The interval is that of two weighted counts (`share`), and holds as above. All need a chance.
    """
    return share(_part(checked, truth, FRAUD), _part(checked, truth, LEGIT))


def _weighted(checked: Sequence[Checked], truth: GroundTruth) -> Estimate:
    """Return the rate; where all were looked at with one chance the exact one."""
    is_one_chance = len({each.chance for each in checked}) <= 1
    return exact_rate(checked, truth) if is_one_chance else weighted_rate(checked, truth)


def _reported(reports: Sequence[Checked], truth: GroundTruth) -> Estimate:
    """Return the rate where reports with a stated chance came of both sides; else only its ends.

    What was declined is not charged back: of it nothing is heard unless somebody else speaks of it.
    """
    stated = [each for each in reports if each.truth is truth and each.chance is not None]
    if {each.said for each in stated} == {FRAUD, LEGIT}:
        return _weighted(stated, truth)
    bounds = exact_rate(reports, truth)
    return Estimate(value=None, low=bounds.low, high=bounds.high)


def _cases(checked: Sequence[Checked], truth: GroundTruth | None, said: GroundTruth | None = None) -> int:
    return sum(each.cases for each in checked if each.truth is truth and said in {None, each.said})


def _end(hits: int, trials: int) -> tuple[float, float]:
    return clopper_pearson(hits, trials, (1 + CONFIDENCE) / 2) if trials else (0.0, 1.0)


def _part(checked: Sequence[Checked], truth: GroundTruth, said: GroundTruth) -> Part:
    side = [(each, 1 / each.chance) for each in checked if each.said is said and each.chance]
    found = [(each.cases, weight) for each, weight in side if each.truth is truth]
    return Part(
        sum=sum(cases * weight for cases, weight in found),
        squares=sum(cases * weight**2 for cases, weight in found),
        events=sum(cases for cases, _ in found),
        largest=max((1 / each.chance for each in checked if each.chance), default=1.0),
        unknown_rows=sum(each.cases * weight for each, weight in side if each.truth is None),
        is_known=True,
        is_complete=False,
    )
