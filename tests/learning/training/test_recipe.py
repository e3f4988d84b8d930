"""Recipes as tables, and those that come with Tertium."""

from pathlib import Path

import pytest

from app.cli.training.recipes import Recipes, read_recipe, shipped_recipes
from app.learning.teachers import NAMED_TEACHERS
from app.learning.training.recipe import Group, Network, Recipe, RecipeRefused
from app.scoring.network.mlp import HEADS

SHIPPED = shipped_recipes()
EMBEDDINGS = {"clamped", "signed_log", "piecewise_linear", "periodic"}
LOSSES = {"likelihood", "focal", "inverse_focal", "logit_norm"}


def every_recipe() -> list[Recipe]:
    return [*SHIPPED.screened(), *SHIPPED.finalists(), SHIPPED.bootstrap()]


def test_every_recipe_reads_says_what_it_tries_and_has_a_name_of_its_own() -> None:
    recipes = every_recipe()
    assert len({recipe.name for recipe in recipes}) == len(recipes)
    for recipe in recipes:
        assert recipe.about.endswith("."), recipe.name
        assert recipe.members >= 1


def test_every_recipe_names_what_exists() -> None:
    for recipe in every_recipe():
        for group in recipe.groups:
            assert group.network.head in HEADS, recipe.name
            assert set(group.network.embedding) <= EMBEDDINGS, recipe.name
            assert group.objective.loss in LOSSES, recipe.name
            assert group.objective.auxiliary in {None, "soft_binned_ece", "avuc"}, recipe.name
            assert group.objective.oversampling in {None, "smote"}, recipe.name
            assert group.distillation is None or group.distillation.teacher in NAMED_TEACHERS, recipe.name


def test_screened_recipes_are_single_networks_and_differ() -> None:
    screened = SHIPPED.screened()
    assert [recipe.members for recipe in screened] == [1] * len(screened)
    assert len({recipe.groups for recipe in screened}) == len(screened)


def test_there_are_four_finalists_at_most_and_the_chosen_one_is_among_them() -> None:
    names = [recipe.name for recipe in SHIPPED.finalists()]
    assert len(names) <= 4
    assert SHIPPED.chosen().name in names


def test_no_finalist_weighs_frauds_where_the_weight_is_not_taken_back() -> None:
    """Only the margin head takes it back, and a teacher's logits need none."""
    for recipe in every_recipe():
        for group in recipe.groups:
            plain = group.objective.fraud_weight == 1 and group.objective.class_balance is None
            assert plain or (group.network.head == "margin" and group.distillation is None), recipe.name


def test_xgboost_has_the_settings_its_tuning_found() -> None:
    assert {"n_estimators", "max_depth", "learning_rate"} <= set(SHIPPED.xgboost())


def test_a_table_is_read_part_by_part_and_the_rest_has_defaults() -> None:
    table = {"members": 3, "network": {"hidden": [8, 4]}, "distillation": {"teacher": "lightgbm"}}
    recipe = Recipe.from_table("mine", {"about": "Mine.", "groups": [table, {}]})
    first, second = recipe.groups
    assert first.network == Network(hidden=(8, 4))
    assert first.distillation is not None
    assert first.distillation.teacher == "lightgbm"
    assert second == Group()
    assert recipe.members == 4


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"about": "x"}, r"recipe mine has no \[\[groups\]\]"),
        ({"groups": [{}], "colour": 1, "author": 2}, "recipe mine: nobody knows author, colour"),
        ({"groups": [{"memmbers": 3}]}, "group: nobody knows memmbers"),
        ({"groups": [{"network": {"width": 3}}]}, "network: nobody knows width"),
        ({"groups": [{"objective": {"los": "focal"}}]}, "objective: nobody knows los"),
        ({"groups": [{"schedule": {"epoch": 3}}]}, "schedule: nobody knows epoch"),
        ({"groups": [{"distillation": {"pupil": 3}}]}, "distillation: nobody knows pupil"),
    ],
)
def test_what_nobody_knows_is_refused_by_name(table: dict[str, object], sentence: str) -> None:
    with pytest.raises(RecipeRefused, match=sentence):
        Recipe.from_table("mine", table)


def test_a_file_that_is_no_recipe_is_refused_with_its_name(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("about = ")
    for path in (broken, tmp_path / "absent.toml"):
        with pytest.raises(RecipeRefused, match=path.name):
            read_recipe(path)


def test_a_folder_that_is_not_there_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(RecipeRefused, match="recipes screening"):
        Recipes(tmp_path).screened()
