"""`tertium schema infer` and `tertium data check --schema`: guesses, questions, leaks and warnings."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import tertium
from app.datasets.payment_files.file import read_payments
from app.datasets.payment_files.schema_file import read_schema
from tests.public_files import Cells, is_fraud, moments, with_thousands_of_words, with_truths, written

ROWS = 3_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(tertium, list(words))


def shop() -> dict[str, list[object]]:
    """Payments without a fault."""
    cells = {name: list(column) for name, column in with_thousands_of_words().items()}
    return {
        name: column for name, column in cells.items() if name not in ("comment", "channel", "card_number")
    }


def check(folder: Path, cells: Cells, **changes: str) -> Result:
    """Infer a schema of columns, change its text, and check the file by it."""
    written(folder / "shop.csv", cells)
    assert run("schema", "infer", "shop.csv").exit_code == 0
    path = folder / "schema.toml"
    text = path.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return run("data", "check", "--schema", "schema.toml", "shop.csv")


def test_a_schema_is_written_with_its_reasons_and_not_over_another(folder: Path) -> None:
    written(folder / "truths.csv", with_truths(), delimiter=";")
    first = run("schema", "infer", "truths.csv", "-o", "own.toml")
    assert (first.exit_code, "id: payment_id" in first.stdout) == (0, True)
    assert "# Guessed: two values, Y and N.\n[[features]]" in (folder / "own.toml").read_text()
    assert read_schema(folder / "own.toml").file.delimiter == ";"

    again = run("schema", "infer", "truths.csv", "-o", "own.toml")
    assert (again.exit_code, "--force" in again.stderr) == (1, True)


def test_questions_end_with_code_3_until_they_are_answered(folder: Path) -> None:
    flagged = ["1" if row % 30 == 2 else "0" for row in range(600)]
    written(folder / "two.csv", {**with_truths(), "isFlaggedFraud": flagged})
    asked = run("schema", "infer", "two.csv")
    assert asked.exit_code == 3
    assert "QUESTION [label] column: which column says that a payment was fraud?" in asked.stdout
    assert "candidates: fraudulent, isFlaggedFraud" in asked.stdout
    assert read_schema(folder / "schema.toml").label is None

    half = run("schema", "infer", "two.csv", "--label", "fraudulent", "--force")
    assert (half.exit_code, "was isFlaggedFraud known before" in half.stdout) == (3, True)
    both = ("--label", "fraudulent", "--ignore", "isFlaggedFraud")
    assert run("schema", "infer", "two.csv", *both, "--force").exit_code == 0
    wrong = run("schema", "infer", "two.csv", "--label", "visits", "--force")
    assert (wrong.exit_code, "a label has two" in wrong.stderr) == (1, True)


def test_a_number_that_stands_for_nothing_is_said_by_an_option(folder: Path) -> None:
    months = [-1 if row % 3 else row % 50 for row in range(600)]
    written(folder / "months.csv", {**with_truths(), "months": months})
    asked = run("schema", "infer", "months.csv")
    assert (asked.exit_code, "does -1 mean that nothing is known?" in asked.stdout) == (3, True)
    assert "answer: --nothing=-1 or --number=-1" in asked.stdout

    assert run("schema", "infer", "months.csv", "--number=-1", "--force").exit_code == 0
    assert read_schema(folder / "schema.toml").by_name["months"].nothing == ()
    assert run("schema", "infer", "months.csv", "--nothing=-1", "--force").exit_code == 0
    read = read_payments(folder / "months.csv", read_schema(folder / "schema.toml"))
    assert read.columns["months"].is_missing.sum() == 400


def test_a_file_without_faults_can_be_learned_from(folder: Path) -> None:
    result = check(folder, shop())
    assert (result.exit_code, result.exception) == (0, None)
    assert "shop.csv can be learned from." in result.stdout
    assert "shared with earlier payments" in result.stdout
    assert "Warning: goods has 1," in result.stdout
    assert "LEAK" not in result.stdout


def test_a_leak_is_named_and_forbids_learning_unless_it_is_meant(folder: Path) -> None:
    cells: dict[str, list[object]] = {
        **shop(),
        "review_score": [2.5 + is_fraud(row) + row % 7 / 10 for row in range(ROWS)],
    }
    result = check(folder, cells)
    assert result.exit_code == 1
    assert "LEAK review_score: " in result.stdout
    assert "Nothing can be learned from shop.csv as it is: 1 fault." in result.stdout

    meant = (
        (folder / "schema.toml")
        .read_text()
        .replace('name = "review_score"', 'name = "review_score"\nknown_before = true')
    )
    (folder / "schema.toml").write_text(meant)
    result = run("data", "check", "--schema", "schema.toml", "shop.csv")
    assert result.exit_code == 0
    assert "known_before says it is meant" in result.stdout


def test_what_stands_only_with_frauds_is_a_leak(folder: Path) -> None:
    case = [f"{row % 13}.5" if is_fraud(row) and row % 2 else "" for row in range(ROWS)]
    result = check(folder, {**shop(), "case_minutes": case})
    assert result.exit_code == 1
    assert "LEAK case_minutes: it stands nearly only with frauds (100.0% of the payments" in result.stdout


def test_warnings_are_told_together(folder: Path) -> None:
    rows = moments(ROWS)
    cells: dict[str, list[object]] = {
        **shop(),
        "seldom": ["1.25" if row % 60 == 0 else "2.5" if row % 60 == 1 else "" for row in range(ROWS)],
        "expiry": [
            f"{rows[row]:%Y-%m-%d}T00:00:00Z" if row % 30 else "2031-01-01T00:00:00Z" for row in range(ROWS)
        ],
    }
    result = check(folder, cells, **{'fraud = ["fraudulent"]': 'fraud = ["fraudulent"]\nbase_rate = 0.001'})
    assert result.exit_code == 0
    assert "Warning: seldom is missing in 96.7% of the payments" in result.stdout
    assert "Warning: expiry lies after the payment in 100 payments" in result.stdout
    assert "the schema says a base rate of 0.100%, and the file's is 4.000%" in result.stdout


def test_all_faults_of_cells_and_of_a_schema_are_told_at_once(folder: Path) -> None:
    cells = shop()
    check(folder, cells)
    written(folder / "shop.csv", {**cells, "amount": ["x", *cells["amount"][1:]], "label": ["?"] * ROWS})
    result = run("data", "check", "--schema", "schema.toml", "shop.csv")
    assert result.exit_code == 1
    assert "line 2, column amount" in result.stderr
    assert "column label: expected fraudulent (fraud), genuine (legit)" in result.stderr

    (folder / "schema.toml").write_text("format = 1\nname = 3\nfeatures = 4\n")
    result = run("data", "check", "--schema", "schema.toml", "shop.csv")
    assert (result.exit_code, result.stderr.count("schema.toml: ")) == (1, 2)
