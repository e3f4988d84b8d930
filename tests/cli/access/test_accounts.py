"""`tertium user` and `tertium key`: names and passwords that can be meant, or one sentence."""

import pytest
import typer
from typer.testing import CliRunner, Result

from app.cli.access.administration import key, user


@pytest.fixture(autouse=True)
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migrated database of the operator's own."""
    monkeypatch.setenv("TERTIUM_DATABASE_URL", database_url)


def add(name: str, *options: str, typed: str = "") -> Result:
    return CliRunner().invoke(user, ["add", name, *options], input=typed)


def test_a_name_is_trimmed_and_given_once() -> None:
    first = add(" bob ")
    assert first.exit_code == 0, first.output
    assert first.stdout.startswith("bob may log in once")
    for other in ("BOB", "bob ", "\uff22ob"):
        again = add(other)
        assert (again.exit_code, again.stderr.count("\n")) == (2, 1)
        assert "There is a person named" in again.stderr
    assert CliRunner().invoke(user, ["link", "BoB"]).exit_code == 0


@pytest.mark.parametrize("name", ["", " ", "\u200b", "\u202ebob"], ids=ascii)
def test_a_name_nobody_can_read_is_one_sentence(name: str) -> None:
    for refused in (add(name), add("bob", "--display-name", name), CliRunner().invoke(key, ["add", name])):
        assert refused.exit_code == 2, refused.output
        assert refused.stderr.count("\n") == 1
        assert "A name needs letters one can see" in refused.stderr


@pytest.mark.parametrize("password", ["short", "x" * 1200])
def test_a_password_that_could_never_serve_is_one_sentence(password: str) -> None:
    refused = add("bob", "--password", typed=f"{password}\n{password}\n")
    assert refused.exit_code == 2, refused.output
    assert "A password needs at least 12 characters" in refused.stderr
    assert add("bob").exit_code == 0


def said(group: typer.Typer, *words: str) -> str:
    """Run a command that succeeds and return what it printed."""
    done = CliRunner().invoke(group, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout


def test_an_operator_shuts_somebody_out_and_lets_them_in_again() -> None:
    for name in ("ada", "grace"):
        assert add(name, "--role", "admin").exit_code == 0
    assert "shut out" in said(user, "deactivate", "ada", "--reason", "left the company")
    assert "ada: admin, deactivated" in said(user, "list")
    assert CliRunner().invoke(user, ["link", "ada"]).exit_code == 2
    said(user, "activate", "ada", "--reason", "came back")
    said(user, "role", "ada", "analyst", "--reason", "new work")
    said(user, "sign-out", "ada", "--tokens", "--reason", "lost laptop")
    assert "/login/" in said(user, "reset", "ada", "--reason", "forgot it")
    assert "ada: analyst, active" in said(user, "list")
    history = said(user, "history", "ada").splitlines()
    for action in ("reset", "signed out", "role changed", "activated", "deactivated", "added"):
        assert action in next(line for line in history if action in line)
    assert "by command line" in history[0]
    assert "left the company" in "\n".join(history)


def test_the_last_administrator_stays_and_a_reason_is_wanted() -> None:
    assert add("ada", "--role", "admin").exit_code == 0
    for words in (
        ["deactivate", "ada", "--reason", "x"],
        ["role", "ada", "analyst", "--reason", "x"],
        ["deactivate", "nobody", "--reason", "x"],
        ["sign-out", "ada", "--reason", "  "],
        ["activate", "ada", "--reason", "x"],
        ["role", "ada", "system", "--reason", "x"],
    ):
        refused = CliRunner().invoke(user, words)
        assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1), words


def test_an_operator_replaces_and_revokes_a_key() -> None:
    first = said(key, "add", "shop").splitlines()[-1]
    second = said(key, "rotate", "SHOP", "--reason", "yearly", "--overlap-hours", "2").splitlines()[-1]
    assert first != second
    assert "shop: works, the one before until" in said(key, "list")
    said(key, "revoke", "shop", "--reason", "leaked")
    assert "shop: revoked" in said(key, "list")
    for words in (["rotate", "shop", "--reason", "x"], ["revoke", "shop", "--reason", "x"]):
        assert CliRunner().invoke(key, words).exit_code == 2
    said(key, "add", "shop", "--replace")
    assert "shop: works" in said(key, "list")
    assert "key revoked, by command line" in said(user, "history")
