"""What names a fit's result, and what a fit may see."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from app.learning.comparison.candidates import KnownModel, RecipeCandidate, known_models
from app.learning.comparison.sample import FOLDS
from app.learning.comparison.tasks import LaterTask, Task, pooled, tasks_of
from app.learning.metrics.ranking import auroc
from app.learning.teachers import logistic
from app.learning.training.fitting import TrainingRows
from app.learning.training.recipe import Objective
from app.scoring.arrays import Floats
from tests.learning.comparison.builders import LOGISTIC, a_candidate, a_sample

ROWS = np.arange(1200)


@dataclass
class FirstColumn:
    """Its evidence is the first column: it learns nothing, and remembers what it was shown."""

    name: str = "first_column"
    fingerprint: str = ""
    shown: list[Floats] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)

    def evidence(self, training: TrainingRows, raw: Floats, *, seed: int) -> Floats:
        self.shown.append(training.raw)
        self.seeds.append(seed)
        return raw[:, 0]


def test_the_key_changes_with_all_that_decides_the_numbers() -> None:
    sample, base = a_sample(), Task(a_candidate(), ROWS, 0, 0)
    other_weights = replace(sample, weights=sample.weights * 1.5)
    keys = [
        base.key(sample),
        base.key(other_weights),
        base.key(a_sample(seed=1)),
        replace(base, candidate=a_candidate(objective=Objective(mixup=0.1))).key(sample),
        replace(base, candidate=a_candidate(members=2)).key(sample),
        replace(base, candidate=LOGISTIC).key(sample),
        replace(base, candidate=KnownModel("logistic", logistic, settings="C=2")).key(sample),
        replace(base, rows=ROWS[:-100]).key(sample),
        replace(base, fold_seed=1).key(sample),
        replace(base, fold=1).key(sample),
        LaterTask(a_candidate(), 0).key(sample),
        LaterTask(a_candidate(), 1).key(sample),
        LaterTask(a_candidate(), 0).key(other_weights),
    ]
    assert len(set(keys)) == len(keys)


def test_the_key_does_not_change_with_words() -> None:
    sample = a_sample()
    candidate = a_candidate()
    reworded = RecipeCandidate(replace(candidate.recipe, about="Said otherwise."))
    assert Task(candidate, ROWS, 0, 0).key(sample) == Task(reworded, ROWS, 0, 0).key(sample)
    assert LaterTask(candidate, 0).key(sample) == LaterTask(reworded, 0).key(sample)


def test_xgboost_with_other_settings_is_another_candidate() -> None:
    one, other = (known_models({"max_depth": depth})[0].fingerprint for depth in (3, 4))
    assert one != other


def test_a_fit_never_sees_the_fold_it_judges() -> None:
    sample, candidate = a_sample(), FirstColumn()
    for fold in range(FOLDS):
        told = Task(candidate, ROWS, 3, fold).run(sample)
        held_out = sample.folds(ROWS, seed=3)[fold]
        assert np.array_equal(told, sample.raw[held_out, 0])
        assert len(candidate.shown[fold]) + held_out.size == 1200
        seen = {row.tobytes() for row in candidate.shown[fold]}
        assert not seen & {row.tobytes() for row in sample.raw[held_out]}
    assert candidate.seeds == [12, 13, 14, 15]


def test_the_later_fit_sees_the_earlier_rows_alone() -> None:
    sample, candidate = a_sample(), FirstColumn()
    told = LaterTask(candidate, 8).run(sample)
    earlier, later = sample.by_time()
    assert np.array_equal(told, sample.raw[later, 0])
    assert np.array_equal(candidate.shown[0], sample.raw[earlier])


def test_pooled_evidence_lies_in_the_order_of_the_rows() -> None:
    sample = a_sample()
    development, _ = sample.parts(seed=1)
    folds = [Task(FirstColumn(), development, 2, fold).run(sample) for fold in range(FOLDS)]
    assert np.array_equal(pooled(sample, development, 2, folds), sample.raw[development, 0])
    with pytest.raises(ValueError, match="zip"):
        pooled(sample, development, 2, folds[:3])


def test_every_candidate_is_fitted_on_the_same_folds() -> None:
    tasks = list(tasks_of([LOGISTIC, a_candidate()], ROWS, (0, 1)))
    assert len(tasks) == 2 * 2 * FOLDS
    splits = [[(each.fold_seed, each.fold) for each in half] for half in (tasks[:8], tasks[8:])]
    assert splits[0] == splits[1]


def test_a_recipe_and_a_known_model_learn_and_repeat() -> None:
    sample = a_sample()
    for candidate in (LOGISTIC, a_candidate()):
        task = Task(candidate, ROWS, 0, 0)
        told, again = task.run(sample), task.run(sample)
        held_out = sample.folds(ROWS, seed=0)[0]
        assert np.array_equal(told, again)
        assert np.array_equal(told, np.round(told, 6))
        assert auroc(told, sample.is_fraud[held_out], sample.weights[held_out]) > 0.9
