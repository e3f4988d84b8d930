"""What the environment sets, read for a command: a value that cannot be meant is one sentence."""

import difflib
import os
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import typer
from pydantic import ValidationError

from app.settings import PREFIX, Settings

#: Read by commands and tests themselves, not by the service.
READ_ELSEWHERE = frozenset({"TERTIUM_URL", "TERTIUM_API_KEY", "TERTIUM_TOKEN", "TERTIUM_DATA"})
#: Read by tests alone, which start commands with it.
TESTS_OWN = ("TERTIUM_TESTS_", "TERTIUM_SCREENSHOTS")
#: Their values hold passwords.
SECRET = frozenset({"database_url", "database_password", "metrics_token"})


def fail(sentence: str) -> NoReturn:
    """End the command with one clear sentence."""
    typer.secho(sentence, err=True, fg="red")
    raise typer.Exit(2)


def read_settings(options: Mapping[str, object]) -> Settings:
    """Return the environment's settings, the command's own options first.

    Warns of a variable that nobody reads; ends the command where a value cannot be meant.
    """
    for sentence in _strangers(os.environ):
        typer.secho(sentence, err=True, fg="yellow")
    try:
        return Settings(**options)  # type: ignore[arg-type]
    except ValidationError as error:
        fail("; ".join(_sentence(each, options) for each in error.errors()) + ".")


def _strangers(environment: Mapping[str, str]) -> Iterator[str]:
    """Give a sentence for each variable that looks like ours and is not."""
    known = sorted({f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | READ_ELSEWHERE)
    for name in sorted(environment):
        upper = name.upper()
        if not upper.startswith(PREFIX.rstrip("_")) or upper in known or upper.startswith(TESTS_OWN):
            continue
        near = difflib.get_close_matches(upper, known, n=1)
        yield f"{name} is no setting of Tertium and is not read" + (f"; {near[0]} is." if near else ".")


def _sentence(error: Any, options: Mapping[str, object]) -> str:
    """Return which setting cannot be meant, its value unless it is secret, and what it has to be."""
    message = str(error["msg"]).removeprefix("Value error, ").partition(", unable to parse")[0]
    message = message.replace("Input should be", "it should be")
    if not error["loc"]:
        return f"The settings contradict each other: {message}"
    field = str(error["loc"][0]).lower().removeprefix(PREFIX.lower())
    name = f"--{field.replace('_', '-')}" if field in options else f"{PREFIX}{field.upper()}"
    value = "" if field in SECRET else f" ({str(error['input'])[:40]!r})"
    return f"{name}{value} is invalid: {message}"
