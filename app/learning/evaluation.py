"""How good a model and a policy are, told for the population and not for the sample."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from app.learning.metrics.bootstrap import Interval, Metric, class_bootstrap
from app.learning.metrics.probability import brier, brier_skill, nll
from app.learning.metrics.ranking import auroc, average_precision
from app.learning.metrics.selective import augrc
from app.scoring.arrays import Flags, Floats
from app.triage.binomial import clopper_pearson, precision_at
from app.triage.labels import LABELS, Codes, Label

#: Drawings of the bootstrap behind every interval.
REPLICATES = 1000

#: What evidence and what calibrated probabilities are judged by, whatever the bounds; all weighted.
OF_EVIDENCE: Mapping[str, Metric] = {"ap": average_precision, "auroc": auroc}
OF_PROBABILITY: Mapping[str, Metric] = {
    "nll": nll,
    "brier": brier,
    "brier_skill": brier_skill,
    "augrc": augrc,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFigures:
    """What the decisions come to; `review_rate` and `decline_precision` at the given base rate."""

    frauds: int
    legits: int
    #: Share of transactions a person must see (unknown / all).
    review_rate: float
    #: Frauds approved by the machine / all frauds.
    miss_rate: float
    #: Legits declined by the machine / all legits.
    false_decline_rate: float
    #: Frauds declined by the machine / all frauds.
    caught_rate: float
    #: Frauds / declines by the machine; None when it declines nothing.
    decline_precision: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Return the figures by name, for the card."""
        return asdict(self)


def model_intervals(
    evidence: Floats,
    probability: Floats,
    is_fraud: Flags,
    weights: Floats,
    *,
    generator: np.random.Generator,
) -> dict[str, Interval]:
    """Return the figures of evidence and probability with their 95 % bootstrap intervals by class.

    All arguments have shape (transactions,).
    """
    judged = [(name, metric, evidence) for name, metric in OF_EVIDENCE.items()]
    judged += [(name, metric, probability) for name, metric in OF_PROBABILITY.items()]
    return {
        name: class_bootstrap(
            metric, (column,), is_fraud, weights, replicates=REPLICATES, generator=generator
        )
        for name, metric, column in judged
    }


def policy_counts(labels: Codes, is_fraud: Flags) -> dict[str, int]:
    """Return the rows behind the shares of a policy: plain counts, unweighted.

    `labels` are codes into `LABELS`, shape (transactions,).
    """
    by_label = {label: labels == LABELS.index(label) for label in Label}
    return {
        "rows_reviewed": int(by_label[Label.UNKNOWN].sum()),
        "frauds_approved": int((by_label[Label.LEGIT] & is_fraud).sum()),
        "frauds_declined": int((by_label[Label.FRAUD] & is_fraud).sum()),
        "legits_approved": int((by_label[Label.LEGIT] & ~is_fraud).sum()),
        "legits_declined": int((by_label[Label.FRAUD] & ~is_fraud).sum()),
    }


def policy_intervals(
    labels: Codes, is_fraud: Flags, weights: Floats, *, generator: np.random.Generator
) -> dict[str, Interval]:
    """Return miss rate, declined share of legit and review rate with their 95 % intervals.

    `labels` are codes into `LABELS`, shape (transactions,). The two shares of a class have
    Clopper-Pearson intervals, which stay honest at zero; the review rate mixes the classes by their
    weights and is bootstrapped by class.
    """
    missed = labels[is_fraud] == LABELS.index(Label.LEGIT)
    declined = labels[~is_fraud] == LABELS.index(Label.FRAUD)
    unknown = (labels == LABELS.index(Label.UNKNOWN)).astype(np.float64)
    return {
        "miss_rate": _share(missed),
        "decline_rate_legit": _share(declined),
        "review_rate": class_bootstrap(
            _mean, (unknown,), is_fraud, weights, replicates=REPLICATES, generator=generator
        ),
    }


def policy_figures(labels: Codes, is_fraud: Flags, *, base_rate: float) -> PolicyFigures:
    """Return the figures of decisions, `labels` being codes into `LABELS`, shape (transactions,).

    Shares are taken per class and mixed at `base_rate`, the fraud rate of the population.
    """
    by_label = {label: labels == LABELS.index(label) for label in Label}
    of_fraud = {label: float(chosen[is_fraud].mean()) for label, chosen in by_label.items()}
    of_legit = {label: float(chosen[~is_fraud].mean()) for label, chosen in by_label.items()}
    return PolicyFigures(
        frauds=int(is_fraud.sum()),
        legits=int((~is_fraud).sum()),
        review_rate=base_rate * of_fraud[Label.UNKNOWN] + (1 - base_rate) * of_legit[Label.UNKNOWN],
        miss_rate=of_fraud[Label.LEGIT],
        false_decline_rate=of_legit[Label.FRAUD],
        caught_rate=of_fraud[Label.FRAUD],
        decline_precision=precision_at(of_fraud[Label.FRAUD], of_legit[Label.FRAUD], base_rate=base_rate),
    )


def _share(said: Flags) -> Interval:
    """Return a share with its two-sided 95 % Clopper-Pearson interval."""
    low, high = clopper_pearson(int(said.sum()), said.size, 0.975)
    return Interval(value=float(said.mean()), low=low, high=high)


def _mean(said: Floats, is_fraud: Flags, weights: Floats) -> float:
    del is_fraud
    return float(np.average(said, weights=weights))
