"""Everything a model report is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.scoring.arrays import Flags, Floats
from app.scoring.calibration.calibrator import Calibrator
from app.scoring.uncertainty import Scores
from app.triage.certificate import Certificate
from app.triage.labels import Codes
from app.triage.policies.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boundary:
    """The evidence of networks trained on bootstrap samples, on a grid over two columns.

    All other columns lie at the legit median. Raises ValueError for a grid of another shape.
    """

    #: Names of the two columns, across and upwards.
    axes: tuple[str, str]
    #: Standardised values of the grid, shape (across,) and (upwards,).
    x: Floats
    y: Floats
    #: Lower end, median and upper end of the networks' evidence (logits), shape (upwards, across).
    low: Floats
    median: Floats
    high: Floats
    #: How many networks.
    networks: int

    def __post_init__(self) -> None:
        """Refuse arrays that are no grid."""
        expected = (self.y.size, self.x.size)
        for name in ("low", "median", "high"):
            if getattr(self, name).shape != expected:
                raise ValueError(f"expected a grid of {expected}, got {name}={getattr(self, name).shape}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZeroError:
    """Zero-error coverage (an oracle figure) of two models, one value per split; shape of each: (splits,)."""

    recipe: Floats
    logistic: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """What a report needs, rows being those of the calibration part: never used for fitting.

    Raises ValueError when the columns differ in length, or one class is missing.
    """

    version: str
    #: As in `card.json`; any key may be absent.
    card: Mapping[str, Any]
    policy: Policy
    certificate: Certificate
    #: Share of frauds in the population.
    base_rate: float
    #: Column names, the amount's the last.
    names: tuple[str, ...]
    #: Standardised rows, shape (transactions, columns).
    vectors: Floats
    #: In currency units; this and all below of shape (transactions,).
    amounts: Floats
    is_fraud: Flags
    #: Population rows each row stands for.
    weights: Floats
    scores: Scores
    #: Codes into `LABELS`, as `decide` gave them.
    labels: Codes
    #: From margins (logits) to P(fraud); the one the scores were made with.
    calibrator: Calibrator
    splits: ZeroError | None = None
    boundary: Boundary | None = None
    #: The comparison's report, with the keys `screening`, `choice` and `verdicts`; see the stages.
    comparison: Mapping[str, Any] | None = None
    #: AUROC by what was told from what.
    novelty: Mapping[str, float] = field(default_factory=dict)
    #: Of the bootstrap and of the rows drawn to be shown.
    seed: int = 20130901

    def __post_init__(self) -> None:
        """Refuse columns that are not one row each."""
        rows = self.is_fraud.shape
        columns = (self.amounts, self.weights, self.labels, self.scores.margin)
        if any(column.shape != rows for column in columns) or len(self.vectors) != self.is_fraud.size:
            raise ValueError(f"one row each: {[column.shape for column in columns]}, {self.vectors.shape=}")
        if self.vectors.shape[1] != len(self.names):
            raise ValueError(f"one name each: {self.vectors.shape=}, {len(self.names)=}")
        if self.is_fraud.all() or not self.is_fraud.any():
            raise ValueError("rows of both kinds are needed")

    @property
    def confidence(self) -> float:
        """Of the first policy's promise, which is always certified; raises ValueError for another."""
        if self.certificate.confidence is None:
            raise ValueError("a first policy's promise has a confidence")
        return self.certificate.confidence

    @property
    def order(self) -> int:
        """Of the fraud evidence that bounds approvals; raises ValueError for another kind of promise."""
        if self.certificate.order is None:
            raise ValueError("a first policy's bound is an order statistic")
        return self.certificate.order

    @property
    def frauds(self) -> int:
        """Fraud rows."""
        return int(self.is_fraud.sum())

    @property
    def legits(self) -> int:
        """Legit rows, unweighted."""
        return int((~self.is_fraud).sum())

    def generator(self) -> np.random.Generator:
        """Return a fresh generator: a section draws the same whichever others there are."""
        return np.random.Generator(np.random.PCG64(self.seed))
