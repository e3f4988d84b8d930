"""What a model is trained on: payments, how these are parted, and how often payments are frauds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.cli.training.labelled_files import LabelledFile, Window, read_own
from app.cli.training.sample import default_data

if TYPE_CHECKING:
    from app.learning.data_report.leaks import Leak
    from app.learning.first_policy import Plan
    from app.learning.preparation.labelled import Labelled
    from app.learning.splits import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Of how many payments a file speaks."""

    legit_weight: float
    #: Share of frauds.
    base_rate: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingSource:
    """Labelled payments made ready to learn from."""

    file: LabelledFile
    labelled: "Labelled"
    #: Columns that tell the label alone.
    leaks: "tuple[Leak, ...]"
    #: What the card says of payments that the service stored; None of a file.
    stored: Mapping[str, Any] | None = None

    def population(self, *, legit_weight: float | None, base_rate: float | None) -> Population:
        """Return what was asked for, else what the schema says, else what the file shows."""
        if self.stored is not None:
            # Stored payments are the population: each says itself of how many it speaks.
            weight = legit_weight or 1.0
            return Population(legit_weight=weight, base_rate=base_rate or self.fraud_rate(weight))
        label = self.labelled.encoding.schema.label
        if label is None:
            raise ValueError("rows without a label are nothing to learn from")
        weight = legit_weight or label.legit_weight
        told_rate = base_rate or label.base_rate or self.fraud_rate(weight)
        return Population(legit_weight=weight, base_rate=told_rate)

    def fraud_rate(self, legit_weight: float) -> float:
        """Return the share of frauds among the rows as they weigh, each legit so many times more."""
        is_fraud = self.file.is_fraud
        weights = np.where(is_fraud, 1.0, legit_weight) * (
            1.0 if self.file.weights is None else self.file.weights
        )
        return float(weights[is_fraud].sum() / weights.sum())

    def refuse_too_few(self, plan: "Plan") -> None:
        """Raise `DatasetRefused` when the rows are too few for what the plan promises."""
        from app.datasets import DatasetRefused
        from app.learning.preparation.own_payments import faults_of

        file = self.file
        faults = faults_of(self.labelled, miss_rate=plan.miss_rate, confidence=plan.confidence)
        if refused := [f"{file.name} {fault}" for fault in faults]:
            raise DatasetRefused(*refused)


def source_of(
    data: Path | None,
    schema: Path | None,
    window: Window,
    split: "Split | None",
    *,
    seed: int,
    holds_out: bool = False,
) -> TrainingSource:
    """Read a file that a model is to be trained on; without a schema, the public card data.

    `holds_out`: whether its bounds rest on rows that teach nothing.

    Raises `DatasetRefused`.
    """
    from app.datasets.payment_files.schema_file import card_data_schema, read_schema

    described = card_data_schema() if schema is None else read_schema(schema)
    file, labelled, leaks = read_own(
        data or default_data(), described, window, split, seed=seed, holds_out=holds_out
    )
    return TrainingSource(file=file, labelled=labelled, leaks=leaks)
