"""`tertium user` and `tertium key`: names and passwords that can be meant, or one sentence."""

import pytest
from typer.testing import CliRunner, Result

from app.cli.people import key, user


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
    for refused in (add(name), add("bob", "--display-name", name), CliRunner().invoke(key, [name])):
        assert refused.exit_code == 2, refused.output
        assert refused.stderr.count("\n") == 1
        assert "A name needs letters one can see" in refused.stderr


@pytest.mark.parametrize("password", ["short", "x" * 1200])
def test_a_password_that_could_never_serve_is_one_sentence(password: str) -> None:
    refused = add("bob", "--password", typed=f"{password}\n{password}\n")
    assert refused.exit_code == 2, refused.output
    assert "A password needs at least 12 characters" in refused.stderr
    assert add("bob").exit_code == 0
