"""What the passes of the network say together: evidence, spread, doubt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from app.scoring.calibration import Platt

Floats = NDArray[np.float64]
#: Indices or a mask of transactions.
Rows = NDArray[np.intp] | NDArray[np.bool_]

# The interval runs from the 5 % to the 95 % quantile of the passes.
INTERVAL_TAIL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Scores of many transactions as columns, each of shape (transactions,).

    Logits are rounded to 1e-6 before anything compares or stores them, so that a score does not
    depend on batch-mates, replica or time. A head that lacks a quantity leaves its column None.
    """

    #: Mean over the passes of the logit for fraud.
    evidence_fraud: Floats
    #: Mean over the passes of the logit for legit; None where the head has only the margin.
    evidence_legit: Floats | None
    #: Evidence for fraud against legit (logits); with the margin head the fraud evidence itself.
    margin: Floats
    #: Standard deviation of the margin over the passes (logits).
    spread: Floats
    #: 5 % and 95 % quantiles of the margin over the passes (logits).
    interval_low: Floats
    interval_high: Floats
    #: Calibrated P(fraud) at the mean margin.
    probability: Floats
    #: Entropy of the mean calibrated probability (nats): all the doubt there is.
    entropy: Floats
    #: Mean over the passes of the entropy (nats): looks like both.
    expected_entropy: Floats
    #: entropy - expected_entropy (nats): the passes disagree.
    mutual_information: Floats
    #: Variance over the passes of the calibrated probability.
    predictive_variance: Floats
    #: Mahalanobis distance to the training data, as percentile of it (0-100).
    novelty: Floats

    @classmethod
    def empty(cls, transactions: int) -> "Scores":
        """Scores that say nothing: NaN in every column, for rows the model could not score."""
        nothing: dict[str, Any] = dict.fromkeys(_NAMES, np.full(transactions, np.nan))
        return cls(**(nothing | {"evidence_legit": None}))

    def selected(self, rows: Rows | slice) -> "Scores":
        """Return the scores of some rows, by index, mask or slice."""
        return _columnwise([self], lambda columns: columns[0][rows])

    def scattered(self, rows: Rows, *, into: int) -> "Scores":
        """Return scores of `into` transactions: these at `rows`, NaN everywhere else."""

        def spread_out(columns: Sequence[Floats]) -> Floats:
            whole = np.full(into, np.nan)
            whole[rows] = columns[0]
            return whole

        return _columnwise([self], spread_out)


_NAMES = tuple(field.name for field in fields(Scores))


def _columnwise(parts: Sequence[Scores], make: Callable[[Sequence[Floats]], Floats]) -> Scores:
    """Make each column from the parts' columns; what a head lacks stays None."""
    made: dict[str, Any] = {}
    for name in _NAMES:
        columns = [getattr(part, name) for part in parts]
        made[name] = None if columns[0] is None else make(columns)
    return Scores(**made)


def concatenated(parts: Sequence[Scores]) -> Scores:
    """Return the scores of several batches of one model as one, in order."""
    return _columnwise(parts, np.concatenate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """How unsure the passes are, in probability space; each of shape (transactions,), unrounded.

    Exactly: entropy = expected_entropy + mutual_information, and
    mean * (1 - mean) = expected_variance + variance (Houlsby 2011; Depeweg 2018).
    """

    #: Mean over the passes of the calibrated probability.
    mean: Floats
    #: Entropy of the mean, and mean of the entropies (nats).
    entropy: Floats
    expected_entropy: Floats
    mutual_information: Floats
    #: Mean over the passes of p (1 - p), and variance (divided by T) of p.
    expected_variance: Floats
    variance: Floats


def doubt(probabilities: Floats) -> Doubt:
    """Return the doubt in calibrated probabilities of shape (transactions, passes)."""
    mean = probabilities.mean(axis=1)
    entropy = _binary_entropy(mean)
    expected_entropy = _binary_entropy(probabilities).mean(axis=1)
    deviation = probabilities - mean[:, None]
    return Doubt(
        mean=mean,
        entropy=entropy,
        expected_entropy=expected_entropy,
        mutual_information=entropy - expected_entropy,
        expected_variance=(probabilities * (1 - probabilities)).mean(axis=1),
        variance=(deviation * deviation).mean(axis=1),
    )


def scores_of_passes(margins: Floats, calibrator: Platt, *, novelty: Floats) -> Scores:
    """Return the scores of a network with the margin head.

    `margins` are logits of shape (transactions, passes); `novelty` is of shape (transactions,).
    The spread is that of these very masks (divided by T, not T - 1: they are the whole population).

    Raises ValueError for another shape.
    """
    if margins.ndim != 2 or novelty.shape != margins.shape[:1]:
        raise ValueError(f"expected (transactions, passes), got {margins.shape=}, {novelty.shape=}")
    mean = margins.mean(axis=1)
    deviation = margins - mean[:, None]
    spread = np.sqrt((deviation * deviation).mean(axis=1))
    low, high = _interval(margins)
    evidence = _rounded_logit(mean)
    unsure = doubt(calibrator.probability(margins))
    return Scores(
        evidence_fraud=evidence,
        evidence_legit=None,
        margin=evidence,
        spread=_rounded_logit(spread),
        interval_low=_rounded_logit(low),
        interval_high=_rounded_logit(high),
        probability=_rounded_probability(calibrator.probability(evidence)),
        entropy=_rounded_probability(unsure.entropy),
        expected_entropy=_rounded_probability(unsure.expected_entropy),
        # Below zero only by the last bits of the subtraction.
        mutual_information=np.maximum(_rounded_probability(unsure.mutual_information), 0.0),
        predictive_variance=_rounded_probability(unsure.variance),
        novelty=novelty,
    )


def _interval(margins: Floats) -> tuple[Floats, Floats]:
    """Return the 5 % and 95 % quantiles over the passes, interpolated linearly as numpy's are."""
    ordered = np.sort(margins, axis=1)
    last = ordered.shape[1] - 1
    below = int(INTERVAL_TAIL * last)
    share = INTERVAL_TAIL * last - below
    above = min(below + 1, last)
    low = ordered[:, below] * (1 - share) + ordered[:, above] * share
    high = ordered[:, last - below] * (1 - share) + ordered[:, last - above] * share
    return low, high


def _binary_entropy(probability: Floats) -> Floats:
    return np.asarray(entr(probability) + entr(1 - probability))


def _rounded_logit(values: Floats) -> Floats:
    # Adding zero turns -0.0, which reads badly and hashes differently, into 0.0.
    return np.round(values, 6) + 0.0


def _rounded_probability(values: Floats) -> Floats:
    return np.round(values, 9) + 0.0
