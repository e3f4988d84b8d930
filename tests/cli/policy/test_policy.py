"""`tertium policy`: a threshold change by files, from the first look to the rollback, at a real service."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.policy.live_lab import Desk, cells, open_desk
from tests.journeys.live import TERTIUM

OVER = ("--answer", "over_capacity=we hire")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Ask nothing of the numbers of versions: the tests of this module share the service."""
    with open_desk(tmp_path_factory.mktemp("policy")) as desk:
        yield desk


def active_number(desk: Desk) -> str:
    """Return the number of the version that decides."""
    return cells(desk.said("active"))[0][1]


def state_of(desk: Desk, version: str) -> str:
    """Return where a version stands, as the list says it."""
    return next(row[1] for row in cells(desk.said("list")) if row[0] == version)


def moves_of(desk: Desk, version: str) -> list[list[str]]:
    """Return what happened to a version, the oldest first: what it became, and by whom."""
    return [row[2:4] for row in reversed(cells(desk.said("history", version))[1:])]


def a_signed_version(desk: Desk, folder: Path, **values: float) -> str:
    """Return a version that mia drafted and noor signed."""
    number = desk.drafted(desk.file(folder, **values), *OVER)
    desk.said("approve", number, "--yes", by="noor")
    return number


def test_the_first_version_is_listed_with_what_it_promises(desk: Desk) -> None:
    first = cells(desk.said("list"))[-1]
    assert first[:2] == ["1", "active"]
    assert "misses at most 15%, 95% confidence" in first


def test_a_version_is_shown_value_by_value_with_its_unit(desk: Desk) -> None:
    shown = cells(desk.said("show", "1"))
    assert ["novelty_at_most", "99.99", "percentile"] in shown
    assert ["expected_loss_at_most", "no limit", "currency"] in shown
    assert ["miss rate at most", "15%"] in shown


def test_a_version_comes_out_as_a_file_that_means_the_same(desk: Desk, tmp_path: Path) -> None:
    file = desk.file(tmp_path)
    assert tomllib.loads(file.read_text())["staffing"]["analysts"] == 4
    assert desk.said("diff", "active", file) == "active and new.toml are the same policy.\n"
    (tmp_path / "new.json").write_text(desk.said("show", "active", "--json"))
    assert "the same policy" in desk.said("diff", file, tmp_path / "new.json")


def test_a_difference_stands_between_both_values(desk: Desk, tmp_path: Path) -> None:
    rows = cells(desk.said("diff", "1", desk.file(tmp_path, approve_at_most=-7.5, review=4.0)))
    assert rows == [
        ["value", "version 1", "new.toml", "unit"],
        ["approve_at_most", "-6.023828", "-7.5", "logit"],
        ["costs.review", "3.0", "4.0", "currency"],
    ]


def test_what_is_drafted_without_an_answer_is_not_kept_and_the_words_that_answer_are_printed(
    desk: Desk, tmp_path: Path
) -> None:
    file = desk.file(tmp_path, approve_at_most=5.0)
    before = desk.said("list")
    result = desk.refused("draft", file, "--reason", "we try it")
    assert result.exit_code == 1
    assert '--answer bounds_out_of_order="WHY"' in result.stderr
    assert desk.said("list") == before


def test_answers_are_kept_with_the_version(desk: Desk, tmp_path: Path) -> None:
    file = desk.file(tmp_path, approve_at_most=5.0)
    number = desk.drafted(file, *OVER, "--answer", "bounds_out_of_order=people look at these")
    shown = desk.said("show", number)
    assert "Answered: people look at these" in shown
    assert "To be answered" not in shown
    assert state_of(desk, number) == "simulated"
    desk.said("retire", number)


def test_a_version_in_shadow_is_compared_with_what_was_decided(desk: Desk, tmp_path: Path) -> None:
    number = desk.drafted(desk.file(tmp_path, decline_at_least=40.0), *OVER)
    assert f"tertium policy show {number} compares" in desk.said("shadow", number)
    assert "In shadow it saw 0 transactions." in desk.said("show", number)
    declined = desk.post(f"in-shadow-{number}", 60, seed=3).count("fraud")
    shown = desk.said("show", number)
    assert declined
    assert ["fraud", "unknown", str(declined)] in [row[:3] for row in cells(shown)]
    assert "In shadow it saw 60 transactions, from " in shown
    desk.said("end-shadow", number)
    assert moves_of(desk, number)[-2:] == [["shadow", "mia"], ["simulated", "mia"]]


def test_nobody_signs_for_their_own_version(desk: Desk, tmp_path: Path) -> None:
    number = desk.drafted(desk.file(tmp_path, approve_at_most=-8.5), *OVER)
    for words in (("--yes",), ()):
        result = desk.refused("approve", number, *words)
        # Before the statement is put before them, and nobody is asked.
        assert result.stdout == ""
    assert result.stderr == "A policy needs the approval of a second person, not of its author.\n"
    assert state_of(desk, number) == "simulated"


def test_a_digest_keeps_the_very_policy_that_was_tried(desk: Desk, tmp_path: Path) -> None:
    file = desk.file(tmp_path, approve_at_most=-8.55)
    printed = re.search(r"--digest\s+([0-9a-f]{64})", desk.said("simulate", file))
    assert printed is not None
    desk.file(tmp_path, approve_at_most=-8.56)
    words = ("draft", file, "--reason", "we try it", "--digest", printed[1], *OVER)
    assert "This is not what you were shown" in desk.refused(*words).stderr
    desk.file(tmp_path, approve_at_most=-8.55)
    number = desk.said(*words).splitlines()[-1]
    assert tomllib.loads(desk.said("show", number, "--toml"))["approve_at_most"] == -8.55
    desk.said("retire", number)


def test_a_version_that_is_settled_is_not_put_before_anybody_to_sign(desk: Desk) -> None:
    result = desk.refused("approve", "1", by="noor")
    assert (result.stdout, result.stderr) == ("", "Version 1 is active: there is nothing to sign any more.\n")


@pytest.mark.parametrize("typed", ["1_0", "\uff11\uff10", "nan", "inf", "1e1", "-1", "10%"])
def test_a_percentage_is_digits_with_a_point(desk: Desk, typed: str) -> None:
    assert "is no percentage" in desk.refused("propose", "--miss", typed).stderr


def test_a_signature_is_asked_for_below_the_statement(desk: Desk, tmp_path: Path) -> None:
    number = desk.drafted(desk.file(tmp_path, approve_at_most=-8.6), *OVER)
    unsigned = desk.policy("approve", number, by="noor", says="n\n")
    assert unsigned.exit_code == 1
    assert state_of(desk, number) == "simulated"
    signed = desk.policy("approve", number, by="noor", says="y\n")
    assert signed.exit_code == 0, signed.output
    statement, question = signed.stdout.split(f"Sign for version {number} by mia?")
    assert "Frauds approved unseen: about " in statement
    assert f"tertium policy activate {number}" in question
    assert re.search(r"^signed by +noor, 20", desk.said("show", number), re.MULTILINE)


def test_an_activated_version_decides_and_a_rollback_takes_it_back(desk: Desk, tmp_path: Path) -> None:
    before, number = active_number(desk), a_signed_version(desk, tmp_path, decline_at_least=40.0)
    shown = desk.policy("activate", number, "--reason", "we agreed", says="n\n")
    assert shown.exit_code == 1
    assert "decline_at_least" in shown.stdout
    assert f"Let version {number} decide in the place of version {before}?" in shown.stdout
    assert active_number(desk) == before
    assert desk.activated(number) == f"Version {number} decides every transaction from now on."
    assert active_number(desk) == number
    assert "fraud" not in desk.post(f"live-{number}", 60, seed=4)
    said = desk.refused("retire", number).stderr
    assert "A policy cannot go from the state" in said
    stale = desk.refused("rollback", "--yes", "--reason", "stale", "--from", before).stderr
    assert f"mia activated version {number}".casefold() in stale.casefold()
    assert desk.rolled_back() == f"Version {before} decides every transaction from now on."
    assert_no_toggle(desk, number, before)
    assert "fraud" in desk.post(f"back-{number}", 60, seed=4)
    states = [
        ["draft", "mia"],
        ["simulated", "mia"],
        ["approved", "noor"],
        ["active", "mia"],
        ["retired", "mia"],
    ]
    assert moves_of(desk, number) == states
    assert ["active (rollback)", "mia"] in moves_of(desk, before)


def assert_no_toggle(desk: Desk, bad: str, good: str) -> None:
    """A second rollback never brings back what the first one took away."""
    again = desk.policy("rollback", "--yes", "--reason", "once more")
    assert active_number(desk) != bad
    if again.exit_code:
        assert active_number(desk) == good
        assert "No version decided before this one" in again.stderr


def test_an_activation_can_be_scheduled_and_taken_back(desk: Desk, tmp_path: Path) -> None:
    number = a_signed_version(desk, tmp_path, approve_at_most=-8.7)
    said = desk.activated(number, "--at", "2190-01-01T02:00+02:00")
    assert said == f"Version {number} decides every transaction from 2190-01-01 00:00 (UTC) on."
    assert state_of(desk, number) == "scheduled for 2190-01-01 00:00"
    desk.said("unschedule", number)
    desk.said("retire", number)
    assert [became for became, _ in moves_of(desk, number)][-3:] == [
        "scheduled for 2190-01-01 00:00",
        "approved",
        "retired",
    ]


def test_what_another_version_changed_meanwhile_is_not_undone_in_silence(desk: Desk, tmp_path: Path) -> None:
    late = a_signed_version(desk, tmp_path, approve_at_most=-8.8)
    desk.activated(a_signed_version(desk, tmp_path, approve_at_most=-8.9))
    result = desk.refused("activate", late, "--yes", "--reason", "we agreed")
    assert result.exit_code == 1
    assert '--answer superseded="WHY"' in result.stderr
    desk.activated(late, "--answer", "superseded=both of us agreed")
    told = desk.said("history", late)
    assert "superseded answered: both of us agreed" in told
    assert "because we agreed" in told
    desk.rolled_back()
    desk.rolled_back()


def test_the_history_says_what_a_version_changed(desk: Desk, tmp_path: Path) -> None:
    file = desk.file(tmp_path, audit_share_declined=0.03)
    number = desk.drafted(file, *OVER)
    newest, draft = cells(desk.said("history", "--limit", "2"))[1:]
    assert (newest[1:3], draft[1:3]) == ([number, "simulated"], [number, "draft"])
    assert "audit_share_declined: 0.02 -> 0.03" in draft[-1]


def test_what_happened_fits_a_narrow_terminal(desk: Desk) -> None:
    for words in (("history",), ("list",), ("active",)):
        lines = desk.on_a_terminal(80, *words)
        assert max(map(len, lines)) <= 80, words
        assert sum("│" in line for line in lines) > 4


def test_a_file_goes_through_a_pipe_of_the_shell(desk: Desk, tmp_path: Path) -> None:
    script = f"'{TERTIUM}' policy show active --toml > new.toml && '{TERTIUM}' policy diff active new.toml"
    env = {"TERTIUM_URL": desk.live.url, "TERTIUM_TOKEN": desk.tokens["olga"], "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["/bin/sh", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("active and new.toml are the same policy.\n", "")


def test_a_promise_on_live_labels_waits_for_the_verdicts(desk: Desk, tmp_path: Path) -> None:
    assert "unknown" in desk.post("untold", 60, seed=5)
    result = desk.refused("propose", "--miss", "10", "--source", "labels", "-o", tmp_path / "never.toml")
    assert result.stderr.endswith("wait for a verdict; a promise needs all of them judged.\n")
    assert result.stderr.count("\n") == 1
