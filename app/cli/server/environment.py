"""What the environment sets, read for a command: an invalid value is one sentence."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NoReturn

import typer
from pydantic import ValidationError

from app.settings import PREFIX, Settings

#: Read by commands and tests themselves, not by the service.
READ_ELSEWHERE = frozenset({"TERTIUM_URL", "TERTIUM_API_KEY", "TERTIUM_TOKEN", "TERTIUM_DATA"})
#: Read by tests alone, which start commands with it.
TESTS_OWN = ("TERTIUM_TESTS_", "TERTIUM_SCREENSHOTS")
#: Their values hold passwords.
SECRET = frozenset({"database_url", "database_password", "metrics_token", "card_number_key"})


def fail(sentence: str) -> NoReturn:
    """End the command with one clear sentence."""
    typer.secho(sentence, err=True, fg="red")
    raise typer.Exit(2)


def read_settings(options: Mapping[str, object]) -> Settings:
    """Return the environment's settings, the command's own options first.

    Warns of a variable that nobody reads; ends the command where a value is invalid.
    """
    for name, meant in unknown_settings(os.environ).items():
        advice = f"; {meant} is." if meant else "."
        typer.secho(f"{name} is no setting of Tertium and is not read{advice}", err=True, fg="yellow")
    try:
        return Settings(**options)  # type: ignore[arg-type]
    except ValidationError as error:
        fail("; ".join(_sentence(each, options) for each in error.errors()) + ".")


def unknown_settings(environment: Iterable[str]) -> dict[str, str | None]:
    """Return the names that look like ours and that nothing reads, such as TERTIUM_PROT.

    Each with the setting that was probably meant, if any.
    """
    known = READ_ELSEWHERE | {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    ours = sorted(name for name in environment if name.upper().startswith(PREFIX.rstrip("_")))
    return {
        name: _meant(name.upper(), known)
        for name in ours
        if name.upper() not in known and not name.upper().startswith(TESTS_OWN)
    }


def _meant(name: str, known: frozenset[str]) -> str | None:
    words = sorted(each.removeprefix(PREFIX) for each in known)
    # The prefix that all share makes no two names alike.
    written = name.removeprefix(PREFIX.rstrip("_")).removeprefix("_")
    likest = get_close_matches(written, words, n=1, cutoff=0.7)
    return f"{PREFIX}{likest[0]}" if likest else None


def _sentence(error: Any, options: Mapping[str, object]) -> str:
    """Return which setting is invalid, its value unless it is secret, and what it has to be."""
    message = str(error["msg"]).removeprefix("Value error, ").partition(", unable to parse")[0]
    message = message.replace("Input should be", "it should be")
    if not error["loc"]:
        return f"The settings contradict each other: {message}"
    field = str(error["loc"][0]).lower().removeprefix(PREFIX.lower())
    name = f"--{field.replace('_', '-')}" if field in options else f"{PREFIX}{field.upper()}"
    value = "" if field in SECRET else f" ({str(error['input'])[:40]!r})"
    return f"{name}{value} is invalid: {message}"
