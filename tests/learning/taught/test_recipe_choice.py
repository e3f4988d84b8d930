"""A recipe for rows nobody has seen: the cheapest that inner folds do not speak against."""

from dataclasses import replace

import numpy as np
import pytest

from app.learning.comparison.sample import Sample
from app.learning.preparation.labelled import Labelled
from app.learning.preparation.parts import Fold, stratified_parts_of
from app.learning.taught import recipe_choice
from app.learning.taught.recipe_choice import RecipeChoice, choose_recipe
from app.learning.training.recipe import Objective, Recipe
from tests.learning.builders import a_plan, a_recipe, made_up_transactions

#: It learns nothing to speak of; it learns; it learns as well and takes longer.
BLIND = replace(a_recipe(epochs=1, objective=Objective(label_smoothing=0.9)), name="blind")
QUICK, LONG = replace(a_recipe(), name="quick"), replace(a_recipe(epochs=12), name="long")


def chosen(*candidates: Recipe, data: Labelled | None = None) -> RecipeChoice:
    return choose_recipe(data or made_up_transactions(), candidates, a_plan(), watch=nobody)


def nobody(done: int, total: int, name: str) -> None:
    """The choice is watched by nobody."""


def test_what_learns_is_taken_before_what_does_not() -> None:
    choice = chosen(BLIND, QUICK)
    assert choice.recipe.name == "quick"
    blind, quick = choice.tried
    assert blind.nll > quick.nll
    assert (quick.above_best, blind.above_best) == (0, blind.nll - quick.nll)


def test_of_recipes_alike_the_cheaper_is_taken() -> None:
    assert chosen(QUICK, replace(QUICK, name="again")).recipe.name == "quick"


def test_the_same_rows_choose_the_same() -> None:
    assert chosen(BLIND, QUICK, LONG) == chosen(BLIND, QUICK, LONG)


def test_rows_that_calibrate_are_not_looked_at() -> None:
    data = made_up_transactions()
    parts = stratified_parts_of(data.is_fraud, data.origins, seed=1, holds_out=True)
    features = data.features.copy()
    features[parts.calibration] += 50
    changed = replace(data, features=features, parts=parts)
    assert chosen(QUICK, LONG, data=changed) == chosen(QUICK, LONG, data=replace(data, parts=parts))


def test_few_rows_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe_choice, "MOST_TAUGHT", (1_000, 50))
    monkeypatch.setattr(recipe_choice, "MOST_MEASURED", (200, 20))
    data = made_up_transactions()
    sample = Sample.of(data.features, data.amounts, data.is_fraud, legit_weight=2.0)
    parts = stratified_parts_of(data.is_fraud, data.origins, seed=1)
    asked = recipe_choice._asked(sample, parts, seed=1)
    fold = parts.folds[recipe_choice.FOLDS_ASKED[0]]
    for few, rows in ((asked[0].learned, fold.learned), (asked[0].held_out, fold.held_out)):
        for is_fraud in (False, True):
            kept, whole = (each[data.is_fraud[each] == is_fraud] for each in (few, rows))
            assert kept.size < whole.size
            assert asked[0].sample.weights[kept].sum() == pytest.approx(sample.weights[whole].sum())


def test_where_no_recipe_learns_the_first_is_taken() -> None:
    data = made_up_transactions()
    parts = stratified_parts_of(data.is_fraud, data.origins, seed=1)
    # What each fold learns is the opposite of what it is measured on.
    features = data.features.copy()
    half = parts.folds[1].held_out
    features[half] *= -1
    folds = tuple(Fold(learned=parts.folds[0].held_out, held_out=half) for _ in parts.folds)
    data = replace(data, features=features, parts=replace(parts, folds=folds))
    choice = chosen(QUICK, LONG, data=data)
    assert (choice.recipe.name, [each.nll for each in choice.tried]) == ("quick", [np.inf, np.inf])
