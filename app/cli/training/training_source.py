"""What a model is trained on: a file, how its rows are parted, and how often payments are frauds."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.training.labelled_files import LabelledFile, Window, read_kaggle, read_own, refuse_window
from app.cli.training.sample import BASE_RATE, LEGIT_WEIGHT, default_data

if TYPE_CHECKING:
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
    """A labelled file made ready to learn from."""

    file: LabelledFile
    labelled: "Labelled"
    is_sample_format: bool

    def population(self, *, legit_weight: float | None, base_rate: float | None) -> Population:
        """Return what was asked for, else what the schema says, else what the file shows."""
        label = self.labelled.encoding.schema.label
        if self.is_sample_format or label is None:
            return Population(legit_weight=legit_weight or LEGIT_WEIGHT, base_rate=base_rate or BASE_RATE)
        weight = legit_weight or label.legit_weight
        frauds = int(self.file.is_fraud.sum())
        of_file = frauds / (frauds + weight * (self.file.is_fraud.size - frauds))
        return Population(legit_weight=weight, base_rate=base_rate or label.base_rate or of_file)

    def refuse_too_few(self, plan: "Plan") -> None:
        """Raise `DatasetRefused` when the rows are too few for what the plan promises."""
        from app.datasets import DatasetRefused
        from app.learning.enough_rows import learning_faults
        from app.learning.preparation.own_payments import faults_of

        file, promise = self.file, {"miss_rate": plan.miss_rate, "confidence": plan.confidence}
        if self.labelled.parts is None:
            faults = learning_faults(file.origins, file.is_fraud, **promise, seed=plan.seed)
        else:
            faults = faults_of(self.labelled, **promise)
        if refused := [f"{file.name} {fault}" for fault in faults]:
            raise DatasetRefused(*refused)


def source_of(
    data: Path | None, schema: Path | None, window: Window, split: "Split | None", *, seed: int
) -> TrainingSource:
    """Read what a model is to be trained on. Raises `DatasetRefused`."""
    from app.datasets import KAGGLE_NAMES
    from app.datasets.payment_files.schema_file import read_schema
    from app.learning.preparation.labelled import Labelled
    from app.scoring.schema.encoding import Encoding
    from app.scoring.schema.schema import numeric_schema

    path = data or default_data()
    if schema is not None:
        file, labelled = read_own(path, read_schema(schema), window, split, seed=seed)
        return TrainingSource(file=file, labelled=labelled, is_sample_format=False)
    refuse_window(window)
    file = read_kaggle(path, KAGGLE_NAMES)
    labelled = Labelled(
        encoding=Encoding(schema=numeric_schema(KAGGLE_NAMES)),
        features=file.features,
        amounts=file.amounts,
        is_fraud=file.is_fraud,
        origins=file.origins,
    )
    return TrainingSource(file=file, labelled=labelled, is_sample_format=True)
