"""`tertium compare` and `tertium evaluate`, whole, on made-up data with small recipes."""

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app.cli.commands import tertium
from app.cli.training.compare_figures import report_figures
from tests.cli.training.test_train import a_kaggle_file

pytest.importorskip("xgboost")
pytest.importorskip("lightgbm")

SMALL = """about = "{about}"
[[groups]]
members = {members}
bootstrap = {bootstrap}
network = {{ hidden = [16, 8], clamp = {clamp} }}
schedule = {{ epochs = 10, learning_rate = 1e-2 }}
"""
CHOICE = """recipe = "first"
candidates_tried = 3
[xgboost]
n_estimators = 20
max_depth = 3
"""


def run(*words: str) -> tuple[int, str]:
    told = CliRunner().invoke(tertium, list(words))
    return told.exit_code, told.output


def small(path: Path, *, about: str, members: int = 1, clamp: float = 5.0, bootstrap: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SMALL.format(about=about, members=members, clamp=clamp, bootstrap=str(bootstrap).lower()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data file, recipes, and a model trained by the chosen one."""
    folder = tmp_path_factory.mktemp("compare")
    a_kaggle_file(folder, rows=1600, frauds=160)
    recipes = folder / "recipes"
    small(recipes / "screening" / "likelihood.toml", about="What others are measured against.")
    small(recipes / "screening" / "narrow.toml", about="A narrow view.", clamp=1.0)
    small(recipes / "finalists" / "first.toml", about="The first.", members=2)
    small(recipes / "bootstrap.toml", about="The interval.", members=4, bootstrap=True)
    (recipes / "choice.toml").write_text(CHOICE)
    code, told = run(
        "train",
        str(folder / "made-up.csv"),
        *("--recipe", str(recipes / "finalists" / "first.toml")),
        *("--models-dir", str(folder / "models")),
        *("--version", "2026-01-01a"),
        *("--legit-weight", "1", "--base-rate", "0.1"),
    )
    assert code == 0, told
    return folder


def compared(folder: Path, *words: str) -> tuple[int, str]:
    return run(
        "compare",
        *words,
        *("--data", str(folder / "made-up.csv")),
        *("--recipes", str(folder / "recipes")),
        *("--work", str(folder / "work")),
        *("--models-dir", str(folder / "models")),
        *("--legit-weight", "1", "--base-rate", "0.1", "--jobs", "2"),
    )


def figures(told: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"^figure (\S+) (\S+)", told, re.MULTILINE)}


def test_one_command_screens_chooses_reports_and_writes_the_models_report(folder: Path) -> None:
    code, told = compared(folder)
    assert code == 0, told
    found = figures(told)
    assert found["ap"] > 0.8
    assert found["ap_lowest"] <= found["ap"] <= found["ap_highest"]
    assert found["ap_minus_xgboost_low"] <= found["ap_minus_xgboost"] <= found["ap_minus_xgboost_high"]
    assert {"review_rate_at_miss_10", "xgboost_nll", "shipped_review_rate_at_miss_15"} <= set(found)
    # The only one looked at: no choice is paid for.
    assert found["shipped_review_rate_at_miss_15_without_choice"] == pytest.approx(
        found["shipped_review_rate_at_miss_15"], rel=1e-4
    )
    assert 0 < found["ap"] <= found["ap_without_ten_legits"] <= 1
    assert found["novelty_auroc_injected"] > 0.95
    assert found["mc_closed_form_worst"] < 0.01
    assert found["candidates_tried"] == 3
    table = json.loads((folder / "models" / "2026-01-01a" / "comparison.json").read_text())
    assert {row["name"] for row in table["screening"]["candidates"]} >= {"likelihood", "narrow", "xgboost"}
    assert table["verdicts"]["first"] == "ships"
    assert dict(report_figures(table))["ap"] == pytest.approx(found["ap"], rel=1e-5)
    assert (folder / "models" / "2026-01-01a" / "report.html").stat().st_size > 100_000
    fits = {path: path.stat().st_mtime_ns for path in (folder / "work" / "fits").iterdir()}
    code, again = compared(folder, "report")
    assert code == 0
    assert figures(again) == found
    assert {path: path.stat().st_mtime_ns for path in (folder / "work" / "fits").iterdir()} == fits


def test_a_report_of_fewer_partitions_asks_for_no_other_fits(folder: Path) -> None:
    """After the whole comparison of the test before."""
    before = sorted(path.name for path in (folder / "work" / "fits").iterdir())
    code, told = compared(folder, "report", "--partitions", "2")
    assert code == 0, told
    table = json.loads((folder / "models" / "2026-01-01a" / "comparison.json").read_text())
    assert table["seeds"] == [5, 6]
    assert sorted(path.name for path in (folder / "work" / "fits").iterdir()) == before


def test_rows_that_taught_a_model_are_scored_by_members_that_never_saw_them(folder: Path) -> None:
    words = (
        *("--data", str(folder / "made-up.csv")),
        *("--models-dir", str(folder / "models")),
        *("--legit-weight", "1"),
    )
    code, told = run("evaluate", *words)
    assert code == 0, told
    found = figures(told)
    for name in ("ap", "auroc", "nll", "brier", "augrc", "miss_rate", "decline_rate_legit", "review_rate"):
        assert found[f"{name}_low"] <= found[name] <= found[f"{name}_high"]
    assert "160 frauds and 1,440 legits" in told
    assert "1,600 of them taught it, and are scored by members that never saw them; 0 rows" in told
    assert all("CROSS-FITTED" in line for line in told.splitlines())
    card = json.loads((folder / "models" / "2026-01-01a" / "card.json").read_text())
    assert found["ap"] == pytest.approx(card["metrics"]["calibration"]["ap"]["value"], abs=1e-5)
    code, told = run("evaluate", *words, "--with-fitted-rows")
    assert code == 0
    assert all("IN-SAMPLE" in line for line in told.splitlines())


def test_a_file_of_fitted_rows_alone_is_refused_in_one_sentence(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "made-up.csv").read_text().splitlines()
    legits = [line for line in lines[1:] if line.endswith(",0")]
    (tmp_path / "legit.csv").write_text("\n".join([lines[0], *legits]))
    code, told = run(
        "evaluate", "--data", str(tmp_path / "legit.csv"), "--models-dir", str(folder / "models")
    )
    assert code == 1
    assert len(told.strip().splitlines()) == 1


def test_a_missing_folder_of_recipes_is_one_sentence(folder: Path) -> None:
    code, told = run(
        "compare", "screen", "--data", str(folder / "made-up.csv"), "--recipes", str(folder / "nowhere")
    )
    assert code == 1
    assert "choice.toml" in told or "screening" in told
    assert len(told.strip().splitlines()) == 1


def test_the_command_is_one_of_tertiums() -> None:
    names = {
        command.name or command.callback.__name__
        for command in tertium.registered_commands
        if command.callback
    }
    assert {"compare", "evaluate", "train"} <= names
    assert isinstance(tertium, typer.Typer)
