"""How good a model and a policy are, told for the population and not for the sample."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from app.triage.policy import LABELS, Codes, Label

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# The step to which evidence is rounded.
RESOLUTION = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A named set of numbers, each with its meaning; `frauds` and `legits` are rows, unweighted."""

    def as_dict(self) -> dict[str, float | None]:
        """Return the figures by name, for the card."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFigures(Figures):
    """What the scores are worth, whatever the bounds; weighted to the population."""

    frauds: int
    legits: int
    average_precision: float
    auroc: float
    #: Mean negative log likelihood of the calibrated probability (nats).
    nll: float
    #: Mean squared error of the calibrated probability.
    brier: float
    #: 1 - brier / (pi (1 - pi)): above zero beats quoting the base rate.
    brier_skill: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFigures(Figures):
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


def model_figures(probability: Floats, is_fraud: Flags, weights: Floats) -> ModelFigures:
    """Return the figures of calibrated probabilities; each argument has shape (transactions,)."""
    base_rate = float(np.average(is_fraud, weights=weights))
    brier = weighted_brier(probability, is_fraud, weights)
    return ModelFigures(
        frauds=int(is_fraud.sum()),
        legits=int((~is_fraud).sum()),
        average_precision=float(average_precision_score(is_fraud, probability, sample_weight=weights)),
        auroc=float(roc_auc_score(is_fraud, probability, sample_weight=weights)),
        nll=weighted_nll(probability, is_fraud, weights),
        brier=brier,
        brier_skill=1 - brier / (base_rate * (1 - base_rate)),
    )


def weighted_nll(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return the weighted mean of -ln P(what happened), in nats."""
    of_truth = np.where(is_fraud, probability, 1 - probability)
    return float(np.average(-np.log(np.maximum(of_truth, np.finfo(np.float64).tiny)), weights=weights))


def weighted_brier(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return the weighted mean of (p - y)^2."""
    return float(np.average((probability - is_fraud) ** 2, weights=weights))


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


def precision_at(caught_rate: float, false_decline_rate: float, *, base_rate: float) -> float | None:
    """Return the precision of declines in a population with this fraud rate; None without declines."""
    caught = base_rate * caught_rate
    declined = caught + (1 - base_rate) * false_decline_rate
    return caught / declined if declined > 0 else None


def decline_bound(evidence: Floats, is_fraud: Flags, *, precision: float, base_rate: float) -> float:
    """Return the smallest fraud's evidence at or above which declines keep the point precision.

    A point estimate on these rows, no promise. Where no bound keeps it (one legit above all frauds
    is enough on few rows), the bound lies just above everything seen: nothing here is declined.
    """
    candidates = np.unique(evidence[is_fraud])
    frauds, legits = np.sort(evidence[is_fraud]), np.sort(evidence[~is_fraud])
    caught = 1 - np.searchsorted(frauds, candidates) / frauds.size
    wronged = 1 - np.searchsorted(legits, candidates) / legits.size
    kept = base_rate * caught >= precision * (base_rate * caught + (1 - base_rate) * wronged)
    if not kept.any():
        return round(float(evidence.max()) + RESOLUTION, 6)
    return float(candidates[kept].min())
