"""What a policy would have done to a window of stored scores, whole and exact."""

from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Floats, Rows
from app.triage.costs import Costs
from app.triage.deciding import decide, label_propensities
from app.triage.labels import LABELS, Codes, Label
from app.triage.policies.policy import Policy
from app.triage.simulation.audited import Audited, Sample, audited
from app.triage.simulation.counting import count_each, count_pairs
from app.triage.simulation.known import Known, known_rows
from app.triage.simulation.queueing import Waiting, waiting
from app.triage.simulation.risk import Risk, risk_of
from app.triage.simulation.window import Window
from app.triage.staffing import Staffing

UNKNOWN, APPROVED = LABELS.index(Label.UNKNOWN), LABELS.index(Label.LEGIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCounts:
    """How many transactions carry each label."""

    fraud: int
    legit: int
    unknown: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.fraud + self.legit + self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """How many transactions go from one label to another."""

    before: Label
    after: Label
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one policy does to a window."""

    labels: LabelCounts
    #: Unknowns / all, and what the machine decides / all; None of an empty window.
    review_rate: float | None
    coverage: float | None
    #: Cases a day: unknowns, and audits as their expectation. None, like all that is told of a day,
    #: where too little was observed.
    unknowns_per_day: float | None
    audits_per_day: float | None
    analyst_hours_per_day: float | None
    waiting: Waiting | None
    risk: Risk
    #: What was looked at tells of the same, in two estimates.
    audited: Audited
    #: What the decisions cost a day by the calibrated probabilities (currency), reviews included.
    expected_cost_per_day: float | None

    @property
    def reviews_per_day(self) -> float | None:
        """Cases a day, audits included."""
        if self.unknowns_per_day is None or self.audits_per_day is None:
            return None
        return self.unknowns_per_day + self.audits_per_day


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplayTable:
    """A window with what every replay of it needs, worked out once."""

    window: Window
    known: Known
    #: P(fraud) and P x amount (currency), 0 without a score; shape (transactions,).
    probability: Floats
    probable_amounts: Floats
    sample: Sample

    @classmethod
    def of(cls, window: Window) -> "ReplayTable":
        """Prepare a window."""
        probability = np.nan_to_num(window.scores.probability)
        known = known_rows(window)
        return cls(
            window=window,
            known=known,
            sample=Sample.of(window, known),
            probability=probability,
            probable_amounts=probability * window.amounts,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replayed:
    """A window decided by one policy: the label of every transaction, and what they come to."""

    #: Codes into `LABELS`, and the probability that a person would look; shape (transactions,).
    labels: Codes
    propensities: Floats
    #: Codes into `REASONS`; None where only the labels were recorded.
    reasons: Codes | None
    outcome: Outcome


def replay(bench: ReplayTable, policy: Policy) -> Replayed:
    """Decide every transaction of the window by this policy, and say what comes of it."""
    window = bench.window
    decisions = decide(window.scores, window.standings, window.amounts, policy, window.listed)
    propensities = label_propensities(decisions, window.scores, window.amounts, policy)
    return Replayed(
        labels=decisions.labels,
        reasons=decisions.reasons,
        propensities=propensities,
        outcome=_outcome(bench, policy, decisions.labels, propensities),
    )


def recorded(bench: ReplayTable, policy: Policy) -> Replayed:
    """Return the window as it was decided then, whatever model and policy did it.

    What another model's policy is compared with: its bounds mean nothing on these scores. `policy` is
    the one that decides now, whose costs and staffing count.
    """
    window = bench.window
    return Replayed(
        labels=window.labels,
        reasons=None,
        propensities=window.propensities,
        outcome=_outcome(bench, policy, window.labels, window.propensities),
    )


def _outcome(bench: ReplayTable, policy: Policy, labels: Codes, propensities: Floats) -> Outcome:
    observed, counts = bench.window.observed, count_labels(labels)
    audits = observed.per_day(max(float(propensities.sum()) - counts.unknown, 0.0))
    unknowns = observed.per_day(counts.unknown)
    reviews = None if unknowns is None or audits is None else unknowns + audits
    return Outcome(
        labels=counts,
        review_rate=counts.unknown / counts.total if counts.total else None,
        coverage=(counts.fraud + counts.legit) / counts.total if counts.total else None,
        unknowns_per_day=unknowns,
        audits_per_day=audits,
        analyst_hours_per_day=(
            None if reviews is None else reviews / policy.staffing.reviews_per_analyst_hour
        ),
        waiting=None if audits is None else _waiting(bench.window, labels, policy.staffing, audits),
        risk=risk_of(labels, bench.window, bench.known),
        audited=audited(labels, bench.sample, bench.probability),
        expected_cost_per_day=observed.per_day(_expected_cost(labels, bench, policy.costs)),
    )


def _waiting(window: Window, labels: Codes, staffing: Staffing, audits_per_day: float) -> Waiting:
    return waiting(
        window.decided_at[labels == UNKNOWN],
        staffing,
        audits_per_day=audits_per_day,
        ended_at=window.observed.last_at,
    )


def moves(before: Codes, after: Codes) -> tuple[Move, ...]:
    """Return how many transactions go from each label to each other one; codes into `LABELS`."""
    pairs = count_pairs(before, after).tolist()
    return tuple(
        Move(before=was, after=becomes, count=pairs[i][j])
        for i, was in enumerate(LABELS)
        for j, becomes in enumerate(LABELS)
        if i != j and pairs[i][j]
    )


def changed_rows(before: Codes, after: Codes) -> Rows:
    """Return the places of the transactions that get another label, the newest first."""
    return np.flatnonzero(before != after)[::-1]


def count_labels(labels: Codes) -> LabelCounts:
    """Count codes into `LABELS`."""
    counts = dict(zip(LABELS, count_each(labels).tolist(), strict=True))
    return LabelCounts(fraud=counts[Label.FRAUD], legit=counts[Label.LEGIT], unknown=counts[Label.UNKNOWN])


def _expected_cost(labels: Codes, bench: ReplayTable, costs: Costs) -> float:
    """Return what the decisions cost in expectation, as `expected_costs` does row by row.

    All three costs are linear in P and P x amount, so the sums by label are enough. Rows without a
    score cost their review.
    """
    count = count_each(labels)
    # Almost all are approved: what the others hold is taken off the whole.
    others = np.flatnonzero(labels != APPROVED)
    fraud = _by_label(labels[others], bench.probability[others], float(bench.probability.sum()))
    amounts = _by_label(labels[others], bench.probable_amounts[others], float(bench.probable_amounts.sum()))
    at_risk = amounts + costs.overhead * fraud
    friction = costs.friction * (count - fraud)
    missed, wronged = 1 - costs.detection_rate, costs.analyst_false_decline_rate
    by_label = {
        Label.LEGIT: at_risk,
        Label.UNKNOWN: costs.review * count + missed * at_risk + wronged * friction,
        Label.FRAUD: friction,
    }
    return float(sum(by_label[label][code] for code, label in enumerate(LABELS)))


def _by_label(others: Codes, weights: Floats, whole: float) -> Floats:
    """Return sums of weights by label, those of the approved being the rest of the whole."""
    sums: Floats = np.bincount(others, weights=weights, minlength=len(LABELS)).astype(np.float64)
    sums[APPROVED] = whole - sums.sum()
    return sums
