"""`tertium data fetch` and `tertium data check`, as typed."""

import inspect as code
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from app.cli.commands import tertium
from app.cli.training.data import CONFIDENCE, MISS_RATE
from app.cli.training.sample import default_data
from app.cli.training.train import train
from app.datasets import KAGGLE_NAMES, load_generator, read_labelled
from app.datasets.header import shortened
from app.datasets.refusal import MOST_TOLD
from tests.copied import gaussian_payments, interpolated, repeated, write_payments
from tests.models import MODELS
from tests.workflows.models.test_downloads import Mirror, running


def run(*words: str) -> Result:
    return CliRunner().invoke(tertium, ["data", *words])


def columns_of(*, rows: int = 1200, frauds: int = 120) -> dict[str, Any]:
    generator = np.random.default_rng(0)
    columns: dict[str, Any] = {"Time": np.arange(rows) * 30.0}
    columns |= {name: generator.normal(size=rows) for name in KAGGLE_NAMES}
    columns["V7"] = columns["V7"] + np.arange(rows) / 200
    columns["Amount"] = generator.exponential(50, size=rows).round(2)
    return columns | {"Class": (generator.permutation(rows) < frauds).astype(int)}


def a_file(folder: Path, columns: dict[str, Any] | None = None) -> Path:
    path = folder / "made-up.csv"
    pyarrow.csv.write_csv(pa.table(columns or columns_of()), path)
    return path


def line_of(told: Result, beginning: str) -> list[str]:
    """Return the words of the first line that begins so, without the beginning."""
    lines = [line for line in told.stdout.splitlines() if line.startswith(beginning)]
    return lines[0].removeprefix(beginning).split()


def test_a_good_file_is_told_of_in_plain_text_and_can_be_learned_from(tmp_path: Path) -> None:
    told = run("check", str(a_file(tmp_path)), "--legit-weight", "2", "--accept-feed")
    assert told.exit_code == 0, told.output
    assert line_of(told, "found") == ["Time,", "V1..V28,", "Amount,", "Class"]
    assert line_of(told, "missing") == line_of(told, "unexpected") == ["none"]
    assert line_of(told, "fraud ") == ["120", "120"]
    assert line_of(told, "legit ") == ["1,080", "2,160"]
    assert line_of(told, "fraud rate") == ["10.000%", "5.263%"]
    assert "would take --legit-weight 66.42." in told.stdout
    assert line_of(told, "groups of equal rows") == ["0"]
    assert line_of(told, "ascending in the file") == ["yes"]
    assert line_of(told, "V7")[0].startswith("-")
    assert line_of(told, "most drifted") == ["stability", "index", "KS", "distance"]
    assert told.stdout.splitlines()[-1] == "made-up.csv can be learned from."
    assert not set("│╭─") & set(told.stdout)


def test_copies_are_told_with_what_is_done_about_them(tmp_path: Path) -> None:
    columns = columns_of()
    for name in (*KAGGLE_NAMES, "Amount"):
        columns[name][1] = columns[name][0]
    told = run("check", str(a_file(tmp_path, columns)))
    assert line_of(told, "groups of equal rows") == ["1"]
    assert line_of(told, "rows in them") == ["2"]
    assert "copies are kept together in any split" in told.stdout


def test_near_copies_of_frauds_are_named_by_their_lines(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    payments = repeated(gaussian_payments(rng, frauds=18), times=10, noise=1e-3, rng=rng)
    path = write_payments(tmp_path / "some.csv", payments, rng)
    told = run("check", str(path), "--accept-feed")
    assert told.exit_code == 1
    (said,) = (line for line in told.stdout.splitlines() if "near-copies" in line)
    assert said.startswith(
        "180 frauds are near-copies of 18 different ones, as of oversampling: they lie far"
    )
    lines = [number for number, text in enumerate(path.read_text().splitlines(), 1) if text.endswith(",1")]
    assert (
        f"(lines {', '.join(f'{line:,}' for line in lines[:MOST_TOLD])} and {180 - MOST_TOLD} more)." in said
    )
    assert "A guarantee counts 18 different frauds." in told.stdout
    assert "some.csv holds too few frauds (18 different ones in 180 rows): a miss rate" in told.stdout


def test_frauds_interpolated_between_missing_ones_cannot_be_learned_from(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    payments = interpolated(gaussian_payments(rng, frauds=20), count=100, with_originals=False, rng=rng)
    told = run("check", str(write_payments(tmp_path / "some.csv", payments, rng)), "--accept-feed")
    assert told.exit_code == 1
    assert "The file holds frauds interpolated between others that are missing" in told.stdout
    assert "some.csv holds frauds interpolated between others that are missing, as SMOTE" in told.stdout
    assert "A guarantee counts" not in told.stdout


def changed(name: str, row: int, value: object) -> dict[str, Any]:
    columns = columns_of()
    columns[name] = [value if place == row - 1 else str(cell) for place, cell in enumerate(columns[name])]
    return columns


@pytest.mark.parametrize(
    ("name", "row", "value", "sentence"),
    [
        (
            "V7",
            1034,
            "many",
            "line 1035, column V7: expected a number between -1e+06 and 1e+06, found 'many'.",
        ),
        ("V28", 1, "nan", "line 2, column V28: expected a number between -1e+06 and 1e+06, found 'nan'."),
        ("Class", 1200, "2", "line 1201, column Class: expected 1 (fraud), 0 (legit), found '2'."),
        (
            "Amount",
            17,
            "-3.5",
            "line 18, column Amount: expected a number that is not negative, found '-3.5'.",
        ),
        ("Time", 5, "", "line 6, column Time: expected a number that is not negative, found nothing."),
    ],
)
def test_a_cell_that_stops_training_is_named(
    tmp_path: Path, name: str, row: int, value: str, sentence: str
) -> None:
    told = run("check", str(a_file(tmp_path, changed(name, row, value))))
    assert told.exit_code == 1
    assert f"made-up.csv: {sentence}" in told.stdout
    assert "Nothing can be learned from made-up.csv as it is: 1 fault." in told.stdout


def test_columns_that_are_missing_or_too_many_are_named_and_the_rest_is_told(tmp_path: Path) -> None:
    columns = columns_of()
    columns["Iban"] = columns.pop("V3")
    columns["V5"] = np.full(1200, 2.5)
    told = run("check", str(a_file(tmp_path, columns)))
    assert told.exit_code == 1
    assert line_of(told, "missing") == ["V3"]
    assert line_of(told, "unexpected") == ["Iban"]
    assert line_of(told, "V5") == ["2.5"] * 5 + ["constant"]
    assert (
        "made-up.csv has no column V3, which the model needs; it has 'Iban', which nothing here reads."
        in told.stdout
    )


def test_a_file_of_another_kind_is_not_told_by_the_yard(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("name,town\nada,london\n")
    told = run("check", str(tmp_path / "other.csv"))
    assert told.exit_code == 1
    faults = [line for line in told.stdout.splitlines() if line.startswith("other.csv has")]
    said = (
        "other.csv has no columns Time, V1..V28, Amount, which the model needs; it has 'name', 'town', which"
        " nothing here reads."
    )
    assert faults == [said]


@pytest.mark.parametrize(
    ("frauds", "sentence"),
    [
        (0, "made-up.csv holds only one class, and nothing can be learned from that."),
        (
            18,
            "made-up.csv holds too few frauds (18): a miss rate of at most 15% with 95% confidence needs 19",
        ),
    ],
)
def test_labels_that_are_not_enough_stop_training(tmp_path: Path, frauds: int, sentence: str) -> None:
    told = run("check", str(a_file(tmp_path, columns_of(frauds=frauds))))
    assert told.exit_code == 1
    assert sentence in told.stdout


def test_a_file_without_labels_is_told_of_but_not_learned_from(tmp_path: Path) -> None:
    columns = columns_of()
    del columns["Class"]
    told = run("check", str(a_file(tmp_path, columns)))
    assert told.exit_code == 1
    assert line_of(told, "missing") == ["Class"]
    assert "has no column Class, and without labels nothing can be learned." in told.stdout
    assert "fraud rate" not in told.stdout


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"", "empty (0 bytes)"), (b"\x89PNG\r\n\x1a\n\x00", "a picture (PNG)"), (b"\n\n", "blank: it holds")],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "some.csv"
    path.write_bytes(content)
    told = run("check", str(path))
    assert told.exit_code == 1
    assert told.stdout == ""
    assert told.stderr.startswith(f"some.csv is {what}")
    assert len(told.stderr.splitlines()) == 1


def test_a_header_without_rows_holds_no_transactions(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text(",".join(["Time", *KAGGLE_NAMES, "Amount", "Class"]) + "\n")
    told = run("check", str(path))
    assert told.exit_code == 1
    assert "some.csv holds no payments." in told.stdout


def test_the_promise_that_is_checked_is_the_one_train_makes() -> None:
    options = code.signature(train).parameters
    assert options["miss_rate"].default == MISS_RATE
    assert options["confidence"].default == CONFIDENCE


def test_runs_of_names_are_shortened() -> None:
    assert shortened(["Time", "V1", "V2", "V3", "V5", "Amount"]) == "Time, V1..V3, V5, Amount"
    assert shortened([]) == ""


def test_what_is_fetched_can_be_learned_from(tmp_path: Path) -> None:
    source = tmp_path / "source.parquet"
    columns = columns_of()
    columns["Class"] = pa.array([str(value) for value in columns["Class"]]).dictionary_encode()
    pyarrow.parquet.write_table(pa.table(columns), source)
    content = source.read_bytes()
    with running(Mirror(content=content)) as mirror:
        words = (
            "--to",
            str(tmp_path / "data"),
            "--source",
            mirror.url,
            "--sha256",
            sha256(content).hexdigest(),
        )
        first, again = run("fetch", *words), run("fetch", *words)
    assert (first.exit_code, again.exit_code) == (0, 0), first.output + again.output
    assert f"sha256 {sha256(content).hexdigest()}" in first.stdout
    assert "Dal Pozzolo" in first.stdout
    assert "nothing was downloaded" in again.stdout
    assert mirror.requests == 1
    (path,) = (tmp_path / "data").iterdir()
    assert f"tertium data check {path}" in first.stdout
    _, is_fraud = read_labelled(path)
    assert int(is_fraud.sum()) == 120
    assert run("check", str(path), "--accept-feed").exit_code == 0


def test_what_is_not_openmls_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with running(Mirror()) as mirror:
        told = run("fetch", "--to", str(tmp_path), "--source", mirror.url)
    assert told.exit_code == 1
    assert "not the expected file" in told.stderr
    assert told.stdout == ""
    assert not list(tmp_path.iterdir())


def test_offline_is_one_sentence(tmp_path: Path) -> None:
    told = run("fetch", "--to", str(tmp_path), "--source", "http://nowhere.invalid")
    assert told.exit_code == 1
    assert told.stdout == ""
    assert told.stderr.splitlines() == [
        "http://nowhere.invalid cannot be reached (its name is not known); fetching needs the internet."
    ]


def test_a_file_of_another_feed_is_refused_unless_it_is_meant(tmp_path: Path) -> None:
    generated = load_generator(MODELS / "demo").sample(2_000, fraud_share=0.06, rng=np.random.default_rng(0))

    def checked(features: NDArray[np.float64], *options: str) -> Result:
        columns: dict[str, Any] = {"Time": np.arange(2_000) * 30.0}
        columns |= dict(zip(KAGGLE_NAMES, features.T, strict=True))
        columns |= {"Amount": generated.amounts, "Class": generated.classes.astype(int)}
        return run("check", str(a_file(tmp_path, columns)), "--models-dir", str(MODELS), *options)

    right = checked(generated.features)
    assert right.exit_code == 0, right.output
    standardised = (generated.features - generated.features.mean(axis=0)) / generated.features.std(axis=0)
    for features, cause in ((standardised, "standardised"), (generated.features[:, ::-1], "V1 fits V28")):
        refused = checked(features)
        assert refused.exit_code == 2, refused.output
        assert cause in refused.stderr
        assert "columns that differ: V" in refused.stderr
        assert checked(features, "--accept-feed").exit_code == 0


@pytest.mark.skipif(
    not default_data().is_file(), reason=f"the sample is not at {default_data()}: set TERTIUM_DATA to use it"
)
def test_the_sample_can_be_learned_from() -> None:
    told = run("check", str(default_data()), "--legit-weight", "5.41")
    assert told.exit_code == 0, told.output
    assert line_of(told, "fraud ") == ["351", "351"]
    assert line_of(told, "hours") == ["48.0"]
    assert line_of(told, "above 10,000") == ["3"]
