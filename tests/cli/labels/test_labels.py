"""`tertium labels load`: files of ground truth, with the chance of each report where it is known."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.labels.command import labels
from app.web.pages.csv_cells import line
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


def test_ids_of_our_own_files_come_back_as_they_were(tmp_path: Path) -> None:
    """A list kept as CSV, with a label written beside each payment: the guard is taken away again."""
    ids = ("00123", "=1+1", "it's", "a\u202e;b", "12345678901234567890", "-5")
    rows = [line((each, "fraud", "chargeback")).rstrip("\r\n") + f",{TIMES}" for each in ids]
    with running(StandIn(bodies={each: {} for each in ids})) as service:
        result = load(tmp_path, service, f"\ufeff{HEADER}", *rows)
        assert result.exit_code == 0, result.output
        assert [label["transaction_id"] for label in service.labels] == list(ids)


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
    assert "has no column learned_at" in result.stderr
    assert service.requests == 0


def test_labels_of_strangers_are_told_by_line(tmp_path: Path, service: StandIn) -> None:
    service.bodies.pop("one")
    result = load(tmp_path, service, HEADER, f"two,fraud,audit,{TIMES}", f"one,fraud,audit,{TIMES}")
    assert result.exit_code == 1
    assert "line 3: one: " in result.stderr
    assert "1 labels accepted, 1 refused." in result.stdout


def rows(count: int) -> list[str]:
    return [f"t{number},fraud,audit,{TIMES}" for number in range(count)]


def test_a_bad_row_deep_in_a_file_is_named_and_nothing_is_loaded(tmp_path: Path, service: StandIn) -> None:
    lines = rows(1500)
    lines[1199] = lines[1199].replace("fraud", "Fraud")
    result = load(tmp_path, service, HEADER, *lines)
    assert result.exit_code == 2
    assert "truth.csv: line 1201: label 'Fraud': " in result.stderr
    assert service.requests == 0


def test_equal_faults_are_told_once_and_all_kinds_at_once(tmp_path: Path, service: StandIn) -> None:
    lines = rows(9)
    for place in (1, 3, 5, 6, 7):
        lines[place] = lines[place].replace("fraud", "Fraud")
    lines[2] = f"t2,fraud,audit,2026-05-01T12:00:00,{TIMES.split(',')[1]}"
    lines[8] = f"t8,fraud,audit,{','.join(reversed(TIMES.split(',')))}"
    result = load(tmp_path, service, HEADER, *lines)
    assert result.exit_code == 2
    label, naive, order = result.stderr.splitlines()
    assert label.startswith("truth.csv: line 3: label 'Fraud': ")
    assert label.endswith("; so it is in 5 lines, next 5, 7, 8, ....")
    assert naive.startswith("truth.csv: line 4: occurred_at '2026-05-01T12:00:00': ")
    assert order == "truth.csv: line 10: learned_at must not lie before occurred_at."
    assert service.requests == 0


def test_lines_are_the_files_own_after_blank_lines_and_breaks_in_cells(
    tmp_path: Path, service: StandIn
) -> None:
    file = tmp_path / "truth.csv"
    lines = [
        f"{HEADER},note",
        "",
        f'one,fraud,audit,{TIMES},"two',
        'lines"',
        "",
        f"two,maybe,audit,{TIMES},x",
    ]
    file.write_text("\n".join(lines) + "\n")
    result = CliRunner().invoke(labels, ["load", str(file), "--url", service.url, "--key", KEY])
    assert result.exit_code == 2
    assert "truth.csv: line 6: label 'maybe': " in result.stderr


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"1.23457E+15,fraud,audit,{TIMES}", "a spreadsheet shortened this number, and the id is lost"),
        (f'"=""0012""",fraud,audit,{TIMES}', "a spreadsheet's formula"),
        (f"#N/A,fraud,audit,{TIMES}", "a spreadsheet's error"),
        ("one,fraud,audit,5/1/2026 12:00,6/1/2026 12:00", "a spreadsheet wrote this date"),
        (f",fraud,audit,{TIMES}", "transaction_id nothing"),
        ("one,fraud,audit", "line 2: 3 cells, the header has 5"),
    ],
)
def test_a_spreadsheets_damage_is_named(tmp_path: Path, service: StandIn, row: str, said: str) -> None:
    result = load(tmp_path, service, HEADER, row)
    assert result.exit_code == 2
    assert said in result.stderr
    assert service.requests == 0


def test_all_differences_of_the_header_are_named_at_once(tmp_path: Path, service: StandIn) -> None:
    result = load(tmp_path, service, "Transaction_ID,LABEL,source", "one,fraud,audit")
    assert result.exit_code == 2
    assert "no columns transaction_id, label, occurred_at, learned_at" in result.stderr
    assert "'Transaction_ID' for transaction_id, 'LABEL' for label; occurred_at, learned_at" in result.stderr


def test_a_file_without_a_header_is_said_to_have_none(tmp_path: Path, service: StandIn) -> None:
    result = load(tmp_path, service, f"one,fraud,audit,{TIMES}", f"two,fraud,audit,{TIMES}")
    assert result.exit_code == 2
    assert "it has no header" in result.stderr


def test_a_row_the_service_alone_refuses_is_named_and_the_others_are_loaded(
    tmp_path: Path, service: StandIn
) -> None:
    service.bodies |= {f"t{number}": {} for number in range(1500)}
    service.refused_label = "t1199"
    result = load(tmp_path, service, HEADER, *rows(1500))
    assert result.exit_code == 1
    assert "line 1201: label: Not this one." in result.stderr
    assert "1,499 of 1,500 rows of truth.csv are loaded, 1 were refused." in result.stderr
    assert len(service.labels) == 1499


def test_what_was_not_reached_is_told_in_lines_and_a_repeat_goes_on(tmp_path: Path, service: StandIn) -> None:
    service.bodies |= {f"t{number}": {} for number in range(1500)}
    service.broken_after = 1000
    first = load(tmp_path, service, HEADER, *rows(1500))
    assert first.exit_code == 1
    assert (
        "1,000 of 1,500 rows of truth.csv are loaded, 0 were refused. Lines 1002 to 1501 were not"
        in first.stderr
    )
    service.broken_after = None
    again = load(tmp_path, service, HEADER, *rows(1500))
    assert again.exit_code == 0, again.output
    assert "1,500 labels accepted, 0 refused." in again.stdout
    assert "1,000 of the accepted ones were there already." in again.stdout


def test_a_withdrawal_is_a_label_like_any_other(tmp_path: Path, service: StandIn) -> None:
    result = load(tmp_path, service, f"{HEADER},propensity", f"one,withdrawn,audit,{TIMES},")
    assert result.exit_code == 0, result.output
    assert (service.labels[0]["label"], "propensity" in service.labels[0]) == ("withdrawn", False)
