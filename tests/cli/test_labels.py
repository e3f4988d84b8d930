"""`tertium labels load`: files of ground truth, with the chance of each report where it is known."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.labels import labels
from tests.cli.stand_in import KEY, StandIn, running

HEADER = "transaction_id,label,source,occurred_at,learned_at"
TIMES = "2026-05-01T12:00:00Z,2026-06-01T12:00:00Z"


@pytest.fixture
def service() -> Iterator[StandIn]:
    with running(StandIn(bodies={"one": {}, "two": {}, "three": {}})) as stand_in:
        yield stand_in


def load(folder: Path, service: StandIn, header: str, *rows: str) -> Result:
    file = folder / "truth.csv"
    file.write_text("\n".join((header, *rows)) + "\n")
    return CliRunner().invoke(labels, ["load", str(file), "--url", service.url, "--key", KEY])


def test_a_file_without_propensities_says_nothing_of_them(tmp_path: Path, service: StandIn) -> None:
    result = load(tmp_path, service, HEADER, f"one,fraud,chargeback,{TIMES}")
    assert result.exit_code == 0, result.output
    assert "1 labels accepted, 0 refused." in result.stdout
    occurred, learned = TIMES.split(",")
    assert service.labels == [
        {
            "transaction_id": "one",
            "label": "fraud",
            "source": "chargeback",
            "occurred_at": occurred,
            "learned_at": learned,
        }
    ]


def test_a_propensity_is_posted_where_a_row_has_one(tmp_path: Path, service: StandIn) -> None:
    rows = (f"one,fraud,audit,{TIMES},1", f"two,legit,audit,{TIMES},0.02", f"three,fraud,chargeback,{TIMES},")
    result = load(tmp_path, service, f"{HEADER},propensity", *rows)
    assert result.exit_code == 0, result.output
    assert [label.get("propensity") for label in service.labels] == [1.0, 0.02, None]
    assert "propensity" not in service.labels[2]


@pytest.mark.parametrize("told", ["0", "-0.5", "1.01", "nan", "inf", "often", "1e-160", "1e-6", "0.00099"])
def test_what_is_no_propensity_is_refused_with_its_line_before_anything_is_posted(
    tmp_path: Path, service: StandIn, told: str
) -> None:
    rows = (f"one,fraud,audit,{TIMES},1", f"two,legit,audit,{TIMES},{told}")
    result = load(tmp_path, service, f"{HEADER},propensity", *rows)
    assert result.exit_code == 2
    assert "line 3: propensity" in result.stderr
    assert result.stderr.count("\n") == 1
    assert service.requests == 0


def test_a_missing_column_is_named(tmp_path: Path, service: StandIn) -> None:
    result = load(tmp_path, service, "transaction_id,label,source,occurred_at", "one,fraud,audit,2026-05-01")
    assert result.exit_code == 2
    assert "lacks the column learned_at" in result.stderr
    assert service.requests == 0


def test_labels_of_strangers_are_told_by_line(tmp_path: Path, service: StandIn) -> None:
    service.bodies.pop("one")
    result = load(tmp_path, service, HEADER, f"two,fraud,audit,{TIMES}", f"one,fraud,audit,{TIMES}")
    assert result.exit_code == 1
    assert "line 3: one: " in result.stderr
    assert "1 labels accepted, 1 refused." in result.stdout


def test_a_withdrawal_is_a_label_like_any_other(tmp_path: Path, service: StandIn) -> None:
    result = load(tmp_path, service, f"{HEADER},propensity", f"one,withdrawn,audit,{TIMES},")
    assert result.exit_code == 0, result.output
    assert (service.labels[0]["label"], "propensity" in service.labels[0]) == ("withdrawn", False)
