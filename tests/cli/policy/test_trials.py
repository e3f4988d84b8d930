"""`tertium policy simulate | propose | changed | curves`: bounds tried on payments that were decided."""

import csv
import io
import re
import tomllib
from pathlib import Path

import pytest

from tests.cli.policy.live_lab import PAYMENTS, Desk, cells


def outcomes(printed: str) -> dict[str, list[str]]:
    """Return both values of each line of a simulation's table, by its name."""
    return {row[0]: row[1:] for row in cells(printed) if len(row) == 3}


def approved_frauds(desk: Desk, folder: Path, bound: float) -> float:
    """Return how many frauds a bound would have approved."""
    printed = desk.said("simulate", desk.file(folder, approve_at_most=bound))
    return float(outcomes(printed)["frauds approved"][1].split()[0])


def test_a_file_is_simulated_beside_the_active_version(desk: Desk, tmp_path: Path) -> None:
    printed = desk.said("simulate", desk.file(tmp_path, decline_at_least=40.0), by="olga")
    assert ["version 1", "new.toml"] in cells(printed)
    told = outcomes(printed)
    before, after = (
        [int(told[f"labelled {label}"][n]) for label in ("legit", "unknown", "fraud")] for n in (0, 1)
    )
    assert sum(before) == sum(after) == PAYMENTS
    assert after[2] == 0 < before[2]
    assert told["automated"][1] == f"{(after[0] + after[2]) / PAYMENTS:.1%}"
    assert f"{before[2]:,} go from fraud to unknown." in printed
    assert told["money let through"][0].partition(" (")[0].endswith(" EUR")


def test_every_rate_comes_with_its_interval_and_what_nobody_looked_at_is_not_known(
    desk: Desk, tmp_path: Path
) -> None:
    told = outcomes(desk.said("simulate", desk.file(tmp_path, decline_at_least=40.0)))
    value, low, _, high = told["miss rate"][0].replace("(", "").replace(")", "").split()
    assert float(low[:-1]) <= float(value[:-1]) <= float(high[:-1])
    assert told["decline precision"][1] == "not known (0.0% to 100.0%)"


def test_of_an_empty_window_no_share_is_known(desk: Desk) -> None:
    printed = desk.said("simulate", "1", "--since", "2020-01-01", "--until", "2020-01-02")
    told = outcomes(printed)
    assert told["automated"] == ["not known", "not known"]
    assert told["miss rate"][1].startswith("not known")
    assert "To be answered: window_empty: " in printed


def test_a_readier_approval_lets_more_frauds_through(desk: Desk, tmp_path: Path) -> None:
    strict, usual, ready = (approved_frauds(desk, tmp_path, bound) for bound in (-15.0, -8.3, 0.0))
    assert strict < usual < ready


def test_changed_transactions_are_listed_with_what_they_were(desk: Desk, tmp_path: Path) -> None:
    file = desk.file(tmp_path, decline_at_least=40.0)
    printed = desk.said("changed", file, "--from", "fraud", "--to", "unknown", "--limit", "5")
    rows = [row for row in cells(printed) if row[0].startswith("payment-")]
    assert len(rows) == 5
    for row in rows:
        assert row[2].endswith(" EUR")
        assert row[4:6] == ["fraud", "unknown"]
        assert row[6] == ("fraud" if desk.truths[row[0]] else "legit")


def test_all_changed_transactions_come_out_as_csv(desk: Desk, tmp_path: Path) -> None:
    file = desk.file(tmp_path, decline_at_least=40.0)
    rows = list(csv.DictReader(io.StringIO(desk.said("changed", file, "--csv"))))
    assert f"{len(rows):,} of them change label" in desk.said("changed", file, "--limit", "1")
    for row in rows:
        assert (row["before"], row["after"], row["currency"]) == ("fraud", "unknown", "EUR")
        assert row["is_fraud"] == {True: "true", False: "false", None: ""}[desk.truths[row["transaction_id"]]]


def test_where_nothing_changes_the_csv_still_has_its_columns(desk: Desk) -> None:
    assert desk.said("changed", "active", "--csv").startswith(
        "transaction_id,client,occurred_at,amount,currency,"
    )
    assert "0 of them change label" in desk.said("changed", "active")


def test_the_curves_are_tables(desk: Desk) -> None:
    printed = desk.said("curves", "active")
    for title in ("approve bound moved by (logits)", "P(fraud) from", "hour (UTC)"):
        assert title in printed
    unmoved = next(row for row in cells(printed) if row[0] == "+0.000")
    simulated = outcomes(desk.said("simulate", desk_file_of_active(desk)))
    assert f"{float(unmoved[1][:-1]):.1f}%" == simulated["automated"][1]


def test_a_step_is_proposed_written_and_drafted_with_the_number_it_was_chosen_among(
    desk: Desk, tmp_path: Path
) -> None:
    printed = desk.said("steps", "active")
    rows = [row for row in cells(printed) if row[0].endswith("%")]
    assert len(rows) > 2
    assert f"--chosen-among {len(rows)}" in printed
    file, miss = tmp_path / "step.toml", rows[1][0].removesuffix("%")
    said = desk.said("propose", "--miss", miss, "--chosen-among", str(len(rows)), "-o", file)
    assert "bounds after looking" in said
    written = tomllib.loads(file.read_text())
    assert written["proposal"]["promise"]["chosen_among"] == len(rows)
    assert f"{written['approve_at_most']:.3f}" == rows[1][2]
    number = desk.drafted(file, "--answer", "over_capacity=we hire")
    assert ["miss rate at most", f"{miss}%"] in cells(desk.said("show", number))


def test_steps_that_nobody_can_be_so_sure_of_are_refused(desk: Desk) -> None:
    assert "between 0 and 100" in desk.refused("steps", "active", "--confidence", "100").stderr


def desk_file_of_active(desk: Desk) -> Path:
    """Return a file of the active version."""
    return desk.file(desk.live.data_dir.parent)


def test_a_certified_proposal_is_written_drafted_and_keeps_its_promise(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "certified.toml"
    printed = desk.said("propose", "--miss", "10", "-o", file)
    assert "Of 100 frauds the machine approves at most 10, with 95\u202f% confidence" in printed
    assert f"tertium policy draft {file}" in printed
    assert tomllib.loads(file.read_text())["proposal"]["promise"] == {"miss_rate": 0.1, "confidence": 0.95}
    number = desk.drafted(file, "--answer", "over_capacity=we hire")
    assert ["miss rate at most", "10%"] in cells(desk.said("show", number))


def test_a_promise_that_too_few_frauds_could_keep_says_how_many_are_needed(
    desk: Desk, tmp_path: Path
) -> None:
    result = desk.refused("propose", "--miss", "0.1", "-o", tmp_path / "never.toml")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        "2\u202f995 known frauds are needed to promise a miss rate of at most 0.1\u202f%"
        " with 95\u202f% confidence; there are 351.\n"
    )
    assert not (tmp_path / "never.toml").exists()


@pytest.mark.parametrize("method", ["np", "ltt", "mondrian"])
def test_each_method_proposes_bounds_that_keep_the_promise_on_known_truths(desk: Desk, method: str) -> None:
    told = outcomes(desk.said("propose", "--miss", "15", "--method", method))
    low = told["miss rate"][1].partition("(")[2].partition(" ")[0]
    assert float(low[:-1]) <= 15


def test_a_promise_can_be_proved_on_live_labels_where_all_truths_are_told(desk: Desk) -> None:
    printed = desk.said("propose", "--miss", "10", "--source", "labels")
    frauds = sum(desk.truths.values())
    assert re.search(
        rf"at most 10, with 95\u202f% confidence \({frauds} known frauds of the labels of ", printed
    )


@pytest.mark.parametrize("way", ["cost", "capacity"])
def test_bounds_by_cost_or_by_the_hours_cost_no_more_than_the_active_ones(
    desk: Desk, tmp_path: Path, way: str
) -> None:
    file = tmp_path / "cheap.json"
    printed = desk.said("propose", f"--{way}", "-o", file)
    before, after = (
        float(cost.replace(",", "").removesuffix(" EUR")) for cost in outcomes(printed)["expected cost/day"]
    )
    assert after <= before
    assert ("One more analyst hour a day would save about " in printed) == (way == "capacity")
    assert ["value", "active", "cheap.json", "unit"] in cells(desk.said("diff", "active", file))


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_every_line_fits_and_no_value_is_cut(desk: Desk, tmp_path: Path, columns: int) -> None:
    file = desk.file(tmp_path, decline_at_least=40.0)
    for words in (
        ("show", "1"),
        ("diff", "1", file),
        ("simulate", file),
        ("changed", file),
        ("history",),
        ("steps", "1"),
    ):
        lines = desk.on_a_terminal(columns, *words)
        assert any("│" in line for line in lines), words
        assert max(map(len, lines)) <= columns, words
        assert "…" not in "".join(lines), words
