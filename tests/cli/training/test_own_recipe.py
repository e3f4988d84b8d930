"""`tertium train --schema`: which recipe own payments are learned by, and what is said of the choice."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.commands import tertium
from app.cli.training import recipes
from app.cli.training.recipes import OWN_RECIPES, shipped_recipes
from app.scoring.network.masks import PASSES
from tests.own_payments import SCHEMA, write_own_payments


def test_without_a_recipe_inner_folds_choose_one_and_the_card_says_how_and_what_leaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes, "OWN_RECIPES", ("narrow", "binned"))
    data, schema = write_own_payments(tmp_path, rows=1_500, frauds=200), tmp_path / "schema.toml"
    schema.write_text(SCHEMA, encoding="utf-8")
    words = ("--models-dir", str(tmp_path / "models"), "--version", "shop-1")
    told = CliRunner().invoke(tertium, ["train", str(data), "--schema", str(schema), *words])
    assert told.exit_code == 0, told.output
    card = json.loads((tmp_path / "models" / "shop-1" / "card.json").read_text())
    choice = card["recipe_choice"]
    assert choice["chosen"] == card["training"]["recipe"]["name"]
    assert [each["recipe"] for each in choice["tried"]] == ["narrow", "binned"]
    assert f"{choice['chosen']}  chosen" in told.output
    assert "Memory at most: " in told.output
    leak = "LEAK distance: its values"
    assert leak in told.output
    assert any(each.startswith(leak) for each in card["limits"])


def test_students_of_trees_are_tried_only_where_trees_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [each.name for each in shipped_recipes().for_own_payments()] == list(OWN_RECIPES)
    monkeypatch.setattr(recipes, "find_spec", lambda _: None)
    assert [each.name for each in shipped_recipes().for_own_payments()] == ["narrow", "binned", "pieced"]


def test_each_recipe_has_as_many_passes_for_every_member() -> None:
    left = {each.name: PASSES % each.members for each in shipped_recipes().for_own_payments()}
    assert left == dict.fromkeys(OWN_RECIPES, 0)
