"""`tertium policy` used wrongly: one clear sentence on standard error, never a traceback."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.policy.live_lab import QUIET, Desk, refused, run
from tests.journeys.live import TERTIUM

NOWHERE = "http://127.0.0.1:1"


def sentence(desk: Desk, *words: str | Path, by: str = "mia") -> str:
    """Return the one sentence a command ends with."""
    result = desk.refused(*words, by=by)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr.strip()


def test_without_a_token_one_is_asked_for() -> None:
    result = refused(run("policy", "list", "--url", NOWHERE, env=QUIET))
    assert result.stderr.startswith("Who are you?")
    assert "tertium user token NAME" in result.stderr


@pytest.mark.parametrize("token", ["wrong", "ключ"])
def test_a_wrong_token_opens_nothing(desk: Desk, token: str) -> None:
    assert "token" in sentence(desk, "list", "--token", token)


def test_a_revoked_token_opens_nothing(desk: Desk) -> None:
    place = ("--data-dir", desk.live.data_dir)
    desk.tokens["ben"] = run("user", "token", "noor", "--for", "a day", *place).stdout.splitlines()[-1]
    desk.said("list", by="ben")
    run("user", "revoke", "noor", "--for", "a day", *place)
    assert "revoked" in sentence(desk, "list", by="ben")


@pytest.mark.parametrize("url", [NOWHERE, "ftp://x", "nonsense", "http://[::"])
def test_where_no_service_answers_its_address_is_named(desk: Desk, url: str) -> None:
    assert url in sentence(desk, "list", "--url", url)


def test_an_analyst_sees_no_policies_and_an_auditor_moves_none(desk: Desk) -> None:
    assert sentence(desk, "list", by="ana") == "Your role does not include this."
    assert desk.said("list", by="olga")
    refusal = desk.refused("retire", "1", by="olga").stderr.splitlines()
    assert refusal == ["Version 1 decides now; version 1 is active.", "Your role does not include this."]


@pytest.mark.parametrize("words", [("show",), ("simulate",), ("shadow",), ("retire",), ("approve", "--yes")])
def test_an_unknown_version_is_said_to_be_none(desk: Desk, words: tuple[str, ...]) -> None:
    assert sentence(desk, *words, "99") == "There is no such policy version."


@pytest.mark.parametrize("named", ["latest", "-1.5", "٣"])
def test_what_is_no_version_is_refused(desk: Desk, named: str) -> None:
    assert "is no version" in sentence(desk, "show", "--", named)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("approve_at_most = = 3", "cannot be read: Invalid value (at line 1, column 19)."),
        ("approve_at_most = 3", "new.toml: model_version is missing; decline_at_least is missing."),
        ("", "new.toml is empty (0 bytes)."),
        (
            "colour = 3",
            "no colour; model_version is missing; approve_at_most is missing; decline_at_least is missing.",
        ),
    ],
)
def test_a_file_that_is_no_policy_is_told_what_is_wrong(
    desk: Desk, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "new.toml"
    file.write_text(text)
    for command in ("simulate", "changed", "curves"):
        assert sentence(desk, command, file).endswith(said)
    assert sentence(desk, "draft", file, "--reason", "we try it").endswith(said)
    assert sentence(desk, "diff", "active", file).endswith(said)


def test_a_value_no_policy_can_mean_is_named(desk: Desk, tmp_path: Path) -> None:
    file = desk.file(tmp_path, novelty_at_most=120)
    line = file.read_text().splitlines().index("novelty_at_most = 120") + 1
    assert sentence(desk, "simulate", file) == (
        f"{file}: line {line}: novelty_at_most must be from 0 to 100, not 120."
    )


def test_a_missing_file_and_a_file_that_is_no_text_cannot_be_read(desk: Desk, tmp_path: Path) -> None:
    assert sentence(desk, "simulate", tmp_path / "none.toml").endswith(
        "none.toml cannot be read: No such file or directory."
    )
    (tmp_path / "noise.toml").write_bytes(b"\xff\xfe\x00")
    assert "noise.toml cannot be read" in sentence(desk, "simulate", tmp_path / "noise.toml")
    assert "cannot be read" in sentence(desk, "simulate", tmp_path)


def test_a_proposal_that_cannot_be_written_says_so(desk: Desk, tmp_path: Path) -> None:
    result = desk.refused("propose", "--miss", "10", "-o", tmp_path / "none" / "new.toml")
    assert result.stderr.endswith("new.toml cannot be written: No such file or directory.\n")


@pytest.mark.parametrize(
    "words", [(), ("--cost", "--capacity"), ("--miss", "10", "--cost"), ("--miss", "0"), ("--miss", "100")]
)
def test_bounds_are_asked_for_in_one_way_and_with_a_promise_there_can_be(
    desk: Desk, words: tuple[str, ...]
) -> None:
    assert sentence(desk, "propose", *words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "yesterday"), "yesterday is no moment; write it as 2026-05-01T12:00Z."),
        (("--until", "2026-05-01"), "--until needs a --since, too."),
        (
            ("--since", "2026-05-02", "--until", "2026-05-01"),
            "A window ends after it begins.",
        ),
    ],
)
def test_a_window_that_is_none_is_refused(desk: Desk, words: tuple[str, ...], said: str) -> None:
    assert sentence(desk, "simulate", "1", *words) == said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("over_capacity", "says no reason"),
        ("over_capacity=", "says no reason"),
        ("mood=good", "answers no warning"),
    ],
)
def test_an_answer_needs_a_warning_and_a_reason(desk: Desk, tmp_path: Path, answer: str, said: str) -> None:
    file = desk.file(tmp_path)
    assert said in sentence(desk, "draft", file, "--reason", "we try it", "--answer", answer)


def test_there_is_nothing_before_the_first_version_and_nothing_scheduled_in_the_past(desk: Desk) -> None:
    said = sentence(desk, "rollback", "--yes", "--reason", "we try it")
    assert said.startswith("No version decided before this one")
    past = desk.refused("activate", "1", "--yes", "--reason", "we try it", "--at", "2020-01-01")
    assert "to come only" in past.stderr


def test_a_real_shell_sees_a_sentence_and_a_status(tmp_path: Path) -> None:
    words = [str(TERTIUM), "policy", "list", "--url", NOWHERE, "--token", "any"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Nothing answers at {NOWHERE} ([Errno 111] Connection refused).\n"
