"""`tertium compare --schema`: own payments, our recipe beside the models everybody knows."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.commands import tertium
from tests.own_payments import RECIPE, SCHEMA, write_own_payments

pytest.importorskip("xgboost")
pytest.importorskip("lightgbm")


def words(folder: Path) -> list[str]:
    data, schema, recipe = write_own_payments(folder), folder / "schema.toml", folder / "small.toml"
    schema.write_text(SCHEMA, encoding="utf-8")
    recipe.write_text(RECIPE, encoding="utf-8")
    told = ["compare", "--schema", str(schema), "--data", str(data), "--recipe", str(recipe)]
    return [*told, "--work", str(folder / "runs"), "--jobs", "1"]


def test_every_candidate_is_measured_on_the_same_rows_and_the_same_figures_come_again(tmp_path: Path) -> None:
    asked = words(tmp_path)
    first = CliRunner().invoke(tertium, asked)
    assert first.exit_code == 0, first.output
    table = json.loads((tmp_path / "runs" / "own-payments.json").read_text())
    assert list(table["models"]) == ["small", "xgboost", "lightgbm", "logistic", "mlp"]
    assert all(figures["auroc"]["mean"] > 0.8 for figures in table["models"].values())
    # A quarter of the rows calibrates, and a day before it is in no part.
    assert table["rows"] == 5_000
    assert 0 <= table["models"]["small"]["review_rate_at_miss_15"]["mean"] < 1
    apart = table["minus"]["xgboost"]["ap"]
    assert apart["low"] <= apart["value"] <= apart["high"]
    assert f"figure ap_minus_xgboost {apart['value']:.6g}" in first.output
    assert "orders.csv by the schema shop" in first.output

    fits = sorted((tmp_path / "runs" / "fits").iterdir())
    assert len(fits) == 5 * 4
    again = CliRunner().invoke(tertium, asked)
    assert again.output == first.output
    assert sorted((tmp_path / "runs" / "fits").iterdir()) == fits


def test_stages_and_folders_of_recipes_are_of_the_card_data(tmp_path: Path) -> None:
    told = CliRunner().invoke(tertium, ["compare", "screen", *words(tmp_path)[1:]])
    assert (told.exit_code, "no stage" in told.stderr) == (1, True)
