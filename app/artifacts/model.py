"""A model version in memory: to be saved, and loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Floats
from app.scoring.features import FeatureSchema
from app.scoring.feed.reference import FeedReference
from app.scoring.network.masks import Masks
from app.scoring.network.mlp import Mlp
from app.scoring.out_of_fold import NO_FOLD, FoldNumbers
from app.scoring.scorer import Scorer
from app.scoring.uncertainty import Scores
from app.triage.certificate import Certificate
from app.triage.policies.policy import Policy

# Format 1 knew one network and one head; nothing of it is in use.
FORMAT: Final = 2
TENSORS, CARD, POLICY = "model.safetensors", "card.json", "policy.json"
CALIBRATION = "calibration.safetensors"
FEED = "feed.safetensors"
SCHEMA = "schema.toml"
#: What people read of it; models trained without a comparison have none.
REPORT: Final = "report.html"


class ArtifactRefused(ValueError):
    """A model folder is missing, incomplete, altered, or does not score as it did when it was made."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CalibrationPart:
    """Scores of the rows that promises are set on, by members that never saw them; never the rows."""

    #: Of all its frauds, and of the legits with the most fraud evidence; the quantities policies look at.
    scores: Scores
    #: Shape (rows,).
    is_fraud: NDArray[np.bool_]
    #: Of each row, the fold whose members score it; None where the rows were held out from all.
    folds: FoldNumbers | None
    #: All its legits, and the fraud evidence below which they were counted and not kept.
    legits: int
    legit_floor: float
    rows_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Package:
    """Everything a new model version is made of."""

    version: str
    network: Mlp
    masks: Masks
    #: Schema, calibration and novelty are taken from here.
    scorer: Scorer
    #: As in `Model`.
    legit_quantiles: Floats
    base_rate: float
    #: As in `Model`.
    fitted_rows: NDArray[np.uint64]
    fitted_folds: FoldNumbers
    policy: Policy
    certificate: Certificate
    #: Why the first policy is what it is, in one sentence.
    policy_reason: str
    calibration: CalibrationPart
    #: None where the rows are too few to know a feed by.
    feed: FeedReference | None
    #: What else the card says: training data, parts, seed, metrics, limits of use.
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A loaded, checked model version."""

    version: str
    card: dict[str, Any]
    scorer: Scorer
    schema: FeatureSchema
    #: The policy the model starts with, its promise, and why it was chosen.
    policy: Policy
    certificate: Certificate
    policy_reason: str
    #: 0, 1, ..., 100 % quantiles of the legit training rows in payload units; (columns, 101).
    legit_quantiles: Floats
    #: Share of frauds in the population the probabilities speak of.
    base_rate: float
    #: Short hashes of the rows it was fitted on, see `app.learning.splits`; ascending.
    fitted_rows: NDArray[np.uint64]
    #: Of each, the fold whose members never saw it; `NO_FOLD` where there are none.
    fitted_folds: FoldNumbers
    #: None in versions from before it was kept.
    calibration: CalibrationPart | None
    #: What its training rows look like as a whole; None in versions without: feeds are then not watched.
    feed: FeedReference | None
    #: Fingerprint of `model.safetensors`.
    sha256: str

    @property
    def groups(self) -> int:
        """How many groups of members there are, each without the rows of one fold; 0: all saw all rows."""
        folds = self.fitted_folds[self.fitted_folds != NO_FOLD]
        return int(folds.max()) + 1 if folds.size else 0
