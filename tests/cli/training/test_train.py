"""`tertium train`, on made-up data, and on the sample where it lies."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
import typer
from typer.testing import CliRunner

from app.artifacts import load_model
from app.cli.training.sample import default_data
from app.cli.training.train import train
from app.datasets import KAGGLE_NAMES
from app.triage.certificate import Kind
from tests.copied import gaussian_payments, interpolated, repeated, write_payments

COMMAND = typer.Typer()
COMMAND.command()(train)


def a_kaggle_file(folder: Path, *, rows: int = 4000, frauds: int = 160) -> Path:
    generator = np.random.default_rng(0)
    is_fraud = generator.permutation(rows) < frauds
    columns = {"Time": np.arange(rows, dtype=np.float64)}
    columns |= {
        name: generator.normal(size=rows) + 3.0 * is_fraud * (name in KAGGLE_NAMES[:5])
        for name in KAGGLE_NAMES
    }
    columns |= {"Amount": generator.exponential(50, size=rows).round(2), "Class": is_fraud.astype(int)}
    path = folder / "made-up.csv"
    pyarrow.csv.write_csv(pa.table(columns), path)
    return path


def a_recipe_file(folder: Path) -> Path:
    path = folder / "small.toml"
    path.write_text(
        """about = "For tests."
[[groups]]
network = { hidden = [16, 8] }
schedule = { epochs = 15, learning_rate = 1e-2 }
"""
    )
    return path


def test_one_command_makes_a_model_that_loads(tmp_path: Path) -> None:
    data = a_kaggle_file(tmp_path)
    told = CliRunner().invoke(
        COMMAND,
        [
            str(data),
            *("--models-dir", str(tmp_path)),
            *("--version", "mine"),
            *("--recipe", str(a_recipe_file(tmp_path))),
        ],
    )
    assert told.exit_code == 0, told.output
    figures = dict(line.split()[1:] for line in told.output.splitlines() if line.startswith("figure "))
    assert float(figures["auroc"]) > 0.8
    model = load_model(tmp_path / "mine", device="cpu")
    assert model.card["data"]["file"] == "made-up.csv"
    assert model.card["data"]["frauds"] == 160
    assert model.card["training"]["recipe"]["name"] == "small"
    assert model.card["parts"]["calibration"]["frauds"] == float(figures["calibration_frauds"]) == 160
    assert model.fitted_rows.size == 4000
    assert model.groups == 4
    assert model.calibration is not None
    assert (model.calibration.is_fraud.sum(), model.calibration.legits) == (160, 3840)
    assert model.calibration.rows_sha256 == model.certificate.rows_sha256
    assert "September 2013" not in json.dumps(model.card)


def test_what_is_guaranteed_rests_on_different_frauds(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    payments = repeated(gaussian_payments(rng, frauds=100), times=3, noise=1e-3, rng=rng)
    few = interpolated(gaussian_payments(rng, frauds=20), count=100, with_originals=False, rng=rng)
    words = ("--models-dir", str(tmp_path), "--recipe", str(a_recipe_file(tmp_path)), "--version", "mine")
    refused = CliRunner().invoke(COMMAND, [str(write_payments(tmp_path / "few.csv", few, rng)), *words])
    assert refused.exit_code == 1
    assert "few.csv holds frauds interpolated between others that are missing" in refused.output
    told = CliRunner().invoke(COMMAND, [str(write_payments(tmp_path / "some.csv", payments, rng)), *words])
    assert told.exit_code == 0, told.output
    assert "300 frauds are near-copies of 100 different ones, as of oversampling" in told.stderr
    model = load_model(tmp_path / "mine", device="cpu")
    card = model.card
    assert (card["data"]["frauds"], card["data"]["different_frauds"]) == (300, 100)
    assert card["parts"]["calibration"]["frauds"] == 100
    assert model.certificate.frauds == 100


def test_a_certificate_may_rest_on_rows_that_teach_nobody(tmp_path: Path) -> None:
    words = (
        *("--models-dir", str(tmp_path)),
        *("--recipe", str(a_recipe_file(tmp_path))),
        *("--version", "mine"),
        *("--certificate", "held-out"),
    )
    told = CliRunner().invoke(COMMAND, [str(a_kaggle_file(tmp_path)), *words])
    assert told.exit_code == 0, told.output
    model = load_model(tmp_path / "mine", device="cpu")
    assert model.certificate.kind is Kind.HELD_OUT
    assert model.card["parts"]["calibration"]["frauds"] == model.certificate.frauds == 40
    assert model.card["parts"]["development"]["frauds"] == 120
    assert model.fitted_rows.size == 3000


def test_a_fraud_rate_that_cannot_be_is_pointed_out(tmp_path: Path) -> None:
    data = a_kaggle_file(tmp_path)
    arguments = [str(data), "--models-dir", str(tmp_path), "--recipe", str(a_recipe_file(tmp_path))]
    told = CliRunner().invoke(COMMAND, [*arguments, "--version", "mine"])
    assert "one of the two is wrong" in told.output
    told = CliRunner().invoke(COMMAND, [*arguments, "--version", "other", "--base-rate", "0.01"])
    assert told.exit_code == 0
    assert "is wrong" not in told.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.csv"], "there is no data file nowhere.csv: name one, or set TERTIUM_DATA."),
        (["made-up.csv", "--miss-rate", "0.01", "--recipe", "small.toml"], "with 95% confidence needs 299"),
        (["made-up.csv", "--recipe", "nowhere.toml"], "recipe nowhere.toml: "),
        (["made-up.csv", "--recipe", "made-up.csv"], "recipe made-up.csv: "),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    a_kaggle_file(tmp_path)
    a_recipe_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(COMMAND, [*arguments, "--models-dir", "models"])
    assert told.exit_code == 1
    assert sentence in told.output
    assert len(told.output.strip().splitlines()) == 1
    assert not (tmp_path / "models").exists()


def test_the_data_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERTIUM_DATA", "/some/where.csv")
    assert default_data() == Path("/some/where.csv")
    monkeypatch.delenv("TERTIUM_DATA")
    assert default_data().name == "creditcard-sample.csv"
