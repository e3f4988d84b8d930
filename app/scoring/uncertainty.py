"""What the passes of the network say together: evidence, spread, doubt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Floats
from app.scoring.calibration.calibrator import Calibrator
from app.scoring.doubt import doubt
from app.scoring.energy import energy

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
    #: Distance to the nearest prototypes of the training data, as percentile of it (0-100).
    neighbour_novelty: Floats | None = None
    #: Standard deviation and 5 % and 95 % quantiles of each class's logit over the passes; None where
    #: the head has only the margin, whose spread and interval they would repeat.
    fraud_spread: Floats | None = None
    fraud_low: Floats | None = None
    fraud_high: Floats | None = None
    legit_spread: Floats | None = None
    legit_low: Floats | None = None
    legit_high: Floats | None = None
    #: Free energy of the mean logits: high where neither class has evidence (see `energy`).
    energy: Floats | None = None

    @property
    def one_minus_confidence(self) -> Floats:
        """1 - max P over the two classes: 0 where the model is sure, 1/2 where it is torn."""
        return np.minimum(self.probability, 1 - self.probability)

    @classmethod
    def empty(cls, transactions: int) -> "Scores":
        """Scores that say nothing: NaN in every column, for rows the model could not score."""
        nothing: dict[str, Any] = dict.fromkeys(_NAMES, np.full(transactions, np.nan))
        return cls(**(nothing | dict.fromkeys(_OPTIONAL)))

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
#: The columns a head, or a model, may lack.
_OPTIONAL = ("evidence_legit", *(field.name for field in fields(Scores) if field.default is None))


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


def scores_of_passes(
    margins: Floats, calibrator: Calibrator, *, novelty: Floats, neighbour_novelty: Floats | None = None
) -> Scores:
    """Return the scores of a network with the margin head.

    `margins` are logits of shape (transactions, passes); both novelties are of shape (transactions,).
    The spread is that of these very masks (divided by T, not T - 1: they are the whole population).

    Raises ValueError for another shape.
    """
    if margins.ndim != 2 or novelty.shape != margins.shape[:1]:
        raise ValueError(f"expected (transactions, passes), got {margins.shape=}, {novelty.shape=}")
    evidence, spread, low, high = _over_passes(margins)
    unsure = doubt(calibrator.probability(margins))
    return Scores(
        evidence_fraud=evidence,
        evidence_legit=None,
        margin=evidence,
        spread=spread,
        interval_low=low,
        interval_high=high,
        probability=_rounded_probability(calibrator.probability(evidence)),
        entropy=_rounded_probability(unsure.entropy),
        expected_entropy=_rounded_probability(unsure.expected_entropy),
        # Below zero only by the last bits of the subtraction.
        mutual_information=np.maximum(_rounded_probability(unsure.mutual_information), 0.0),
        predictive_variance=_rounded_probability(unsure.variance),
        novelty=novelty,
        neighbour_novelty=neighbour_novelty,
    )


def scores_of_class_passes(
    fraud: Floats,
    legit: Floats,
    calibrator: Calibrator,
    *,
    novelty: Floats,
    neighbour_novelty: Floats | None = None,
) -> Scores:
    """Return the scores of a head with a logit per class whose common part is trained.

    That is: one-vs-all, distance logits, softmax with a constant extra logit. `fraud` and `legit` are
    logits of shape (transactions, passes), both novelties of shape (transactions,). The calibrator
    was fitted on, and `margin`, `spread` and the doubt speak of, fraud - legit pass by pass.

    Raises ValueError for another shape.
    """
    if fraud.shape != legit.shape:
        raise ValueError(f"expected one shape for both classes, got {fraud.shape=}, {legit.shape=}")
    of_margin = scores_of_passes(
        fraud - legit, calibrator, novelty=novelty, neighbour_novelty=neighbour_novelty
    )
    evidence_fraud, fraud_spread, fraud_low, fraud_high = _over_passes(fraud)
    evidence_legit, legit_spread, legit_low, legit_high = _over_passes(legit)
    return replace(
        of_margin,
        evidence_fraud=evidence_fraud,
        evidence_legit=evidence_legit,
        fraud_spread=fraud_spread,
        fraud_low=fraud_low,
        fraud_high=fraud_high,
        legit_spread=legit_spread,
        legit_low=legit_low,
        legit_high=legit_high,
        energy=_rounded_logit(energy(np.stack([evidence_fraud, evidence_legit], axis=-1))),
    )


def _over_passes(logits: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean, standard deviation, 5 % and 95 % quantile over the passes, rounded."""
    mean = logits.mean(axis=1)
    deviation = logits - mean[:, None]
    spread = np.sqrt((deviation * deviation).mean(axis=1))
    low, high = _interval(logits)
    return _rounded_logit(mean), _rounded_logit(spread), _rounded_logit(low), _rounded_logit(high)


def _interval(logits: Floats) -> tuple[Floats, Floats]:
    """Return the 5 % and 95 % quantiles over the passes, interpolated linearly as numpy's are."""
    ordered = np.sort(logits, axis=1)
    last = ordered.shape[1] - 1
    below = int(INTERVAL_TAIL * last)
    share = INTERVAL_TAIL * last - below
    above = min(below + 1, last)
    low = ordered[:, below] * (1 - share) + ordered[:, above] * share
    high = ordered[:, last - below] * (1 - share) + ordered[:, last - above] * share
    return low, high


def _rounded_logit(values: Floats) -> Floats:
    # Adding zero turns -0.0, which reads badly and hashes differently, into 0.0.
    return np.round(values, 6) + 0.0


def _rounded_probability(values: Floats) -> Floats:
    return np.round(values, 9) + 0.0
