"""What was looked at tells of what was not: frauds among approved and among declined, and frauds missed.

Each by AIPW and by Hájek, with an interval that rests on neither (`rate_of_counts`). What a source reported
with a larger chance than the logged one speaks for itself; of the rest, those looked at are a sample drawn
with the chance that was logged as they were decided.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.scoring.arrays import Flags, Floats, Rows
from app.triage.labels import LABELS, Codes, Label
from app.triage.simulation.estimates import CONFIDENCE
from app.triage.simulation.known import Known
from app.triage.simulation.unseen import odds_ratios, rate_of_counts
from app.triage.simulation.window import Window

_SIZE: Final = len(LABELS)
_APPROVED, _DECLINED = LABELS.index(Label.LEGIT), LABELS.index(Label.FRAUD)
#: Of more than this share of payments in strata that nobody looked at no estimate speaks.
MOST_UNSEEN: Final = 0.05
# Chances differ by more than rounding from here on.
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRate:
    """A share in two estimates with one interval.

    Both are None where no fraud was seen, or too much was not looked at: then only the ends are known.
    """

    aipw: float | None
    hajek: float | None
    low: float
    high: float
    #: What it is a share of, and how much of that was seen, frauds among them.
    payments: int
    truths: int
    frauds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What is known of a policy by looking."""

    #: Frauds / approved, frauds / declined, frauds approved / all frauds.
    approved: AuditedRate
    declined: AuditedRate
    missed: AuditedRate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Which payments of a window were looked at, and with which chance each might have been."""

    known: Known
    #: Of every payment, shape (transactions,): alike in their chance of being looked at.
    strata: Rows
    #: How far odds of chances differ within each stratum, shape (strata,).
    odds_ratios: Floats
    #: Of each known payment, shape (known,).
    chances: Floats

    @classmethod
    def of(cls, window: Window, known: Known) -> "Sample":
        """Put payments into strata: equal chances together, odds within a factor of two."""
        chances = np.clip(window.propensities, 0.0, 1.0)
        reported = known.rows[window.truth_propensities[known.rows] > chances[known.rows] + _TINY]
        odds = np.divide(chances, 1 - chances, out=np.zeros(chances.shape), where=chances < 1)
        steps = np.floor(np.log2(odds, out=np.full(odds.shape, -np.inf), where=odds > 0))
        steps[chances >= 1] = np.inf
        # Who was reported on is no sample of anything: they stand for themselves.
        steps[reported] = np.nan
        names, strata = np.unique(steps, return_inverse=True, equal_nan=True)
        strata = strata.astype(np.intp)
        chances[reported] = 1.0
        return cls(
            known=known,
            strata=strata,
            odds_ratios=odds_ratios(chances, strata, names.size),
            chances=chances[known.rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cells:
    """A window cut by what a policy says and by stratum; counts of shape (labels, strata)."""

    payments: Rows
    truths: Rows
    frauds: Rows
    odds_ratios: Floats
    #: By label: sum of the model's probabilities, of weighted frauds, and of weighted probabilities seen.
    expected: Floats
    weighted: Floats
    predicted: Floats


def audited(labels: Codes, sample: Sample, probability: Floats) -> Audited:
    """Return what was seen of these decisions, codes into `LABELS`; columns of shape (transactions,).

    `probability` is the calibrated P(fraud) of a model that did not learn from these payments.
    """
    cells = _cells(labels, sample, probability)
    return Audited(
        approved=_share_of(cells, _APPROVED),
        declined=_share_of(cells, _DECLINED),
        missed=_missed(cells),
    )


def _cells(labels: Codes, sample: Sample, probability: Floats) -> _Cells:
    known, width = sample.known, sample.odds_ratios.size
    decided = labels[known.rows].astype(np.intp)
    places = decided * width + sample.strata[known.rows]
    cells = _SIZE * width
    payments = np.bincount(labels.astype(np.intp) * width + sample.strata, minlength=cells)
    # Those seen of a cell stand for all of it, drawn or not yet answered: weights sum to its size.
    weights = 1 / np.maximum(sample.chances, _TINY)
    whole = np.bincount(places, weights, minlength=cells)
    weights *= np.divide(payments, whole, out=np.zeros(cells), where=whole > 0)[places]
    # And those seen of a label for the few cells in which nobody was.
    weights *= (
        _sizes_by_label(payments, payments > 0)[decided] / _sizes_by_label(payments, whole > 0)[decided]
    )
    return _Cells(
        payments=payments.reshape(_SIZE, width),
        truths=np.bincount(places, minlength=cells).reshape(_SIZE, width),
        frauds=np.bincount(places[known.is_fraud], minlength=cells).reshape(_SIZE, width),
        odds_ratios=sample.odds_ratios,
        expected=_sums(labels, probability),
        weighted=_sums(decided, weights * known.is_fraud),
        predicted=_sums(decided, weights * probability[known.rows]),
    )


def _sizes_by_label(payments: Rows, counted: Flags) -> Rows:
    sizes: Rows = np.where(counted, payments, 0).reshape(_SIZE, -1).sum(axis=1)
    return sizes


def _sums(labels: Codes | Rows, numbers: Floats) -> Floats:
    return np.bincount(labels, numbers, minlength=_SIZE).astype(np.float64)


def _share_of(cells: _Cells, *labels: int, confidence: float = CONFIDENCE) -> AuditedRate:
    """Return the share of frauds among what a policy gives one of these labels."""
    chosen = list(labels)
    payments, truths, frauds = (
        counts[chosen].ravel() for counts in (cells.payments, cells.truths, cells.frauds)
    )
    ratios = np.tile(cells.odds_ratios, len(chosen))
    rate = rate_of_counts(payments, truths, frauds, ratios, confidence=confidence)
    total = int(payments.sum())
    high = 1.0 if rate.high is None else rate.high
    hajek = aipw = None
    is_looked_at = payments[truths == 0].sum() <= MOST_UNSEEN * total
    if is_looked_at and frauds.any():
        hajek = float(cells.weighted[chosen].sum()) / total
        mended = cells.expected[chosen].sum() + (cells.weighted - cells.predicted)[chosen].sum()
        # A few heavy truths may carry it beyond what is possible.
        aipw = min(max(float(mended) / total, rate.low), high)
    return AuditedRate(
        aipw=aipw,
        hajek=hajek,
        low=rate.low,
        high=high,
        payments=total,
        truths=int(truths.sum()),
        frauds=int(frauds.sum()),
    )


def _missed(cells: _Cells) -> AuditedRate:
    """Return frauds approved / all frauds: both counts at their worst together, each with half the risk."""
    each = (1 + CONFIDENCE) / 2
    approved = _share_of(cells, _APPROVED, confidence=each)
    others = [code for code in range(_SIZE) if code != _APPROVED]
    caught = _share_of(cells, *others, confidence=each)
    return AuditedRate(
        aipw=_ratio(_frauds(approved, approved.aipw), _frauds(caught, caught.aipw)),
        hajek=_ratio(_frauds(approved, approved.hajek), _frauds(caught, caught.hajek)),
        low=_ratio(approved.payments * approved.low, caught.payments * caught.high) or 0.0,
        high=1.0 if (high := _highest(approved, caught)) is None else high,
        payments=approved.payments + caught.payments,
        truths=approved.truths + caught.truths,
        frauds=approved.frauds + caught.frauds,
    )


def _highest(approved: AuditedRate, caught: AuditedRate) -> float | None:
    return _ratio(approved.payments * approved.high, caught.payments * caught.low)


def _frauds(rate: AuditedRate, share: float | None) -> float | None:
    return None if share is None else share * rate.payments


def _ratio(part: float | None, rest: float | None) -> float | None:
    if part is None or rest is None or part + rest <= 0:
        return None
    return part / (part + rest)
