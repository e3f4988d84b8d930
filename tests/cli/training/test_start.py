"""`tertium start`: a file of own payments becomes a model, with a question for what nothing tells."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app.artifacts import load_model
from app.cli.training.start import start
from app.datasets.payment_files.schema_file import read_schema
from tests.own_payments import RECIPE, write_own_payments

COMMAND = typer.Typer()
COMMAND.command()(start)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("start")
    write_own_payments(folder)
    (folder / "small.toml").write_text(RECIPE, encoding="utf-8")
    return folder


def arguments(folder: Path) -> list[str]:
    own = folder / "own"
    return [str(folder / "orders.csv"), "--folder", str(own), "--recipe", str(folder / "small.toml")]


def test_a_file_becomes_a_model_that_says_how_to_serve_it(folder: Path) -> None:
    told = CliRunner().invoke(COMMAND, [*arguments(folder), "--yes"])
    assert told.exit_code == 0, told.output
    schema = read_schema(folder / "own" / "schema.toml")
    assert schema.payment.amount == "Total"
    assert schema.payment.time == "Paid at"
    assert schema.label is not None
    assert schema.label.fraud == ("fraudulent",)
    assert schema.entities["card"] == "Card"
    (version,) = (folder / "own" / "models").iterdir()
    assert load_model(version, device="cpu").schema.described == schema
    assert f"TERTIUM_MODELS_DIR={(folder / 'own' / 'models').resolve()} tertium serve" in told.output


def test_what_nothing_tells_is_asked_until_it_is_answered(tmp_path: Path) -> None:
    """Two columns that may be the label; who says 7 of 2 is asked again."""
    rows = ["id,when,total,bad,returned"]
    for number in range(400):
        bad, returned = int(number % 20 == 0), int(number % 25 == 0)
        rows.append(f"P{number},2026-05-01T10:{number % 60:02d}:00,{number % 97}.25,{bad},{returned}")
    path = tmp_path / "shop.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    told = CliRunner().invoke(COMMAND, [str(path), "--folder", str(tmp_path / "own")], input="7\n1\nn\n")
    assert "A number from 0 to 2." in told.output, told.output
    assert "the same command goes on" in told.output
    label = read_schema(tmp_path / "own" / "schema.toml").label
    assert label is not None
    assert label.column == "bad"


def test_a_file_that_cannot_carry_the_promise_is_checked_and_not_trained(tmp_path: Path) -> None:
    """Its four days are all below the thirteenth: which comes first, day or month, is asked."""
    write_own_payments(tmp_path, rows=600, frauds=12)
    own = tmp_path / "own"
    told = CliRunner().invoke(
        COMMAND, [str(tmp_path / "orders.csv"), "--folder", str(own), "--yes"], input="1\n"
    )
    assert told.exit_code == 1
    assert "too few frauds" in told.output
    assert not (own / "models").exists()
