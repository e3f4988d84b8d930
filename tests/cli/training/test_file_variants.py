"""Whatever is wrong with a file: the cause is named, nothing is posted, and no parser speaks."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import tertium
from app.datasets import KAGGLE_NAMES
from tests.cli.stand_in import KEY, StandIn, running
from tests.cli.training import kaggle_files

FAULTY = kaggle_files.UNREADABLE | kaggle_files.ILL_SHAPED
PARSERS = re.compile(r"pyarrow|Arrow(?! \(Feather)|_csv|Traceback|codec|Errno|JSONDecode|zlib", re.IGNORECASE)
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@pytest.fixture(scope="module")
def service() -> Iterator[StandIn]:
    with running(StandIn(features=KAGGLE_NAMES)) as stand_in:
        yield stand_in


def run(command: str, path: Path, service: StandIn) -> Result:
    words = {
        "replay": ["replay", str(path), "--url", service.url, "--key", KEY],
        "labels load": ["labels", "load", str(path), "--url", service.url, "--key", KEY],
        "data check": ["data", "check", "--accept-feed", str(path)],
        "train": ["train", str(path), "--models-dir", str(path.parent)],
        "evaluate": ["evaluate", "--data", str(path)],
    }
    return CliRunner().invoke(tertium, words[command])


def refused(result: Result, code: int) -> str:
    """Return what a command said, which must be plain words alone."""
    said = result.stdout + result.stderr
    assert result.exit_code == code, said
    assert isinstance(result.exception, SystemExit)
    assert PARSERS.search(said) is None, said
    assert CONTROLS.search(said) is None, repr(said)
    return said


@pytest.mark.parametrize("variant", FAULTY)
@pytest.mark.parametrize(("command", "code"), [("replay", 2), ("data check", 1), ("train", 1)])
def test_the_cause_is_named_and_nothing_is_posted(
    tmp_path: Path, service: StandIn, command: str, code: int, variant: str
) -> None:
    content, cause = FAULTY[variant]
    path = tmp_path / "recorded.csv"
    path.write_bytes(content)
    said = refused(run(command, path, service), code)
    assert cause in said
    assert service.requests == 0


@pytest.mark.parametrize("variant", kaggle_files.UNREADABLE)
def test_labels_are_not_loaded_from_what_is_no_table(tmp_path: Path, service: StandIn, variant: str) -> None:
    content, cause = kaggle_files.UNREADABLE[variant]
    path = tmp_path / "truth.csv"
    path.write_bytes(content)
    said = refused(run("labels load", path, service), 2)
    assert cause in said or "Parquet" in said
    assert service.requests == 0


@pytest.mark.parametrize("variant", kaggle_files.NOT_TO_BE_REPLAYED)
@pytest.mark.parametrize(("command", "code"), [("replay", 2), ("data check", 1)])
def test_what_the_service_would_refuse_is_told_before_the_first_request(
    tmp_path: Path, service: StandIn, command: str, code: int, variant: str
) -> None:
    content, cause = kaggle_files.NOT_TO_BE_REPLAYED[variant]
    path = tmp_path / "recorded.csv"
    path.write_text(content)
    said = refused(run(command, path, service), code)
    assert cause in said
    assert said.count("the service would refuse") <= 1
    assert service.requests == 0


@pytest.mark.parametrize("variant", kaggle_files.HARMLESS)
def test_what_is_harmless_is_simply_read(tmp_path: Path, variant: str) -> None:
    name, content = kaggle_files.HARMLESS[variant]
    path = tmp_path / name
    path.write_bytes(content)
    with running(StandIn(features=KAGGLE_NAMES)) as service:
        result = run("replay", path, service)
        assert result.exit_code == 0, result.output
        assert len(service.bodies) == 400
        assert [body["amount"] for body in service.bodies.values()].count("0.00") < 3
        assert {name for body in service.bodies.values() for name in body["features"]} == set(KAGGLE_NAMES)
    checked = run("data check", path, StandIn())
    assert checked.exit_code == 0, checked.output


def test_columns_nobody_reads_are_named_and_a_row_index_is_explained(tmp_path: Path) -> None:
    name, content = kaggle_files.HARMLESS["other columns"]
    path = tmp_path / name
    path.write_bytes(content)
    with running(StandIn(features=KAGGLE_NAMES)) as service:
        said = run("replay", path, service).stderr
    assert "'Unnamed: 0', 'prediction', 'is_fraud'" in said
    assert "index=False" in said


def test_no_name_in_a_file_steers_the_terminal(tmp_path: Path, service: StandIn) -> None:
    header = [*kaggle_files.HEADER[:-1], "\x1b[31mred\x07", "\u202eClass"]
    content = kaggle_files.text_of([[*row, "1"] for row in kaggle_files.cells()], header)
    path = tmp_path / "re\x1b[2Jcorded.csv"
    path.write_text(content.replace("Amount", "Am\x1bount"))
    for command, code in (("replay", 2), ("data check", 1), ("train", 1), ("labels load", 2)):
        said = refused(run(command, path, service), code)
        assert "\u202e" not in said
        assert "\\x1b" in said


@pytest.mark.parametrize("command", ["replay", "data check", "labels load", "evaluate"])
def test_a_folder_and_a_missing_file_are_told(tmp_path: Path, service: StandIn, command: str) -> None:
    code = 1 if command in ("data check", "evaluate") else 2
    assert "is a folder" in refused(run(command, tmp_path, service), code)
    assert "there is no" in refused(run(command, tmp_path / "none.csv", service), code)
