"""A file that is no policy: every field that is wrong, by its line, in one go."""

from pathlib import Path

import pytest
import typer

from app.cli.policy.files import read_policy_file
from app.cli.policy.toml_lines import field_lines
from app.triage.policies.toml import toml_of
from tests.triage.builders import a_policy

MANY_FAULTS = """model_version = 7
approve_at_most = "a"
decline_at_least = 2026-01-01T12:00:00
colour = 3

[costs]
reveiw = 2

[staffing]
analysts = 1.5
minutes_per_review = 3
opens_hour = 1
closes_hour = 2
"""


def refusal(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(typer.Exit) as ended:
        read_policy_file(path)
    assert ended.value.exit_code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def written(folder: Path, content: bytes | str, name: str = "new.toml") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_every_wrong_field_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(written(tmp_path, MANY_FAULTS), capsys)
    for part in (
        "line 1: model_version",
        "line 2: approve_at_most",
        "line 3: decline_at_least",
        "line 4: a policy has no colour",
        "line 7: a policy has no costs.reveiw",
        "line 10: staffing.analysts",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("new.toml", "a = 1\nb = 2\na = 3\n", "a stands in lines 1 and 3"),
        ("new.toml", "[costs]\nreview = 1\nreview = 2\n[costs]\n", "costs.review stands in lines 2 and 3"),
        ("new.json", '{"a": 1, "a": 2}', "a stands in one object twice"),
        ("new.toml", "version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        ("new.toml", "<!doctype html><html>", "web page"),
        ("new.toml", "a = 1\n".encode("utf-16"), "UTF-16"),
        ("new.toml", b"a = '\xfc'\n", "line 1 is not UTF-8"),
        ("new.toml", "<<<<<<< HEAD\na = 1\n", "line 1 is the marker of a merge conflict"),
        ("new.toml", "proposal = 3\n", "proposal is a table"),
        ("new.toml", '"\\u001b[31m" = 1\n', "a policy has no \\x1b[31m"),
        ("new.json", "[1]", "holds no policy"),
    ],
)
def test_what_is_no_policy_at_all_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes | str, said: str
) -> None:
    assert said in refusal(written(tmp_path, content, name), capsys)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    text = toml_of(a_policy())
    path = written(tmp_path, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert read_policy_file(path).policy == a_policy()


def test_the_lines_of_bands_and_of_texts_over_several_lines_are_known() -> None:
    found = field_lines('a = """\nb = 1\n"""\n[[bands]]\nx = 1\n[[bands]]\n"x" = 2 # again\n')
    assert found.line_of("a") == 1
    assert found.line_of("bands.1.x") == 7
    assert found.line_of("bands.x") == 5
    assert found.line_of("b") is None
    assert list(found.twice()) == []
