"""No command says a thing in words of our own: neither its help, nor what it prints."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer import rich_utils
from typer.testing import CliRunner

from app.cli.commands import tertium
from tests.words import NOT_ALONE, our_own

CLI = Path(__file__).parents[2] / "app" / "cli"
#: Calls whose text a person reads; of the first, each text is a heading.
HEADINGS = frozenset({"Table", "_table", "add_column"})
PRINTED = HEADINGS | {
    *("add_row", "_say", "say", "echo", "print", "fail", "complain", "stop", "Option", "Argument"),
}


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the command and all below it, each by the words that call it."""
    yield path
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


COMMANDS = tuple(commands(typer.main.get_command(tertium)))


def printed(source: str, called: frozenset[str]) -> Iterator[str]:
    """Yield the text that calls of these names are given."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in called:
            for given in (*call.args, *(keyword.value for keyword in call.keywords)):
                yield from text_in(given)


def text_in(part: ast.AST) -> Iterator[str]:
    """Yield the text of an expression; keys of what is looked up are none."""
    if isinstance(part, ast.Constant) and isinstance(part.value, str):
        yield part.value.lower()
    elif isinstance(part, (ast.JoinedStr, ast.BinOp, ast.IfExp, ast.Starred, ast.Tuple, ast.GeneratorExp)):
        for inner in ast.iter_child_nodes(part):
            yield from text_in(inner)


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "tertium")
def test_the_help_of_a_command_speaks_the_words_of_the_trade(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Broken into lines, a phrase would be cut by the frame of its table.
    monkeypatch.setattr(rich_utils, "MAX_WIDTH", 1000)
    result = CliRunner().invoke(tertium, [*path, "--help"])
    assert (result.exit_code, result.exception) == (0, None)
    said = " ".join(re.sub(r"[^\w\s.,'-]", " ", result.stdout).split()).lower()
    assert len(said) > 50
    assert our_own(said) == []


def test_the_tree_of_commands_is_walked_to_its_leaves() -> None:
    assert {("policy", "propose"), ("user", "sign-out"), ("fit-synthetic-payments",)} <= set(COMMANDS)
    assert len(COMMANDS) > 35


@pytest.mark.parametrize("module", sorted(CLI.rglob("*.py")), ids=lambda path: str(path.relative_to(CLI)))
def test_what_a_command_prints_speaks_the_words_of_the_trade(module: Path) -> None:
    source = module.read_text()
    assert {said: our_own(said) for said in printed(source, PRINTED) if our_own(said)} == {}
    assert set(printed(source, HEADINGS)) & NOT_ALONE == set()


def test_a_word_of_our_own_would_be_found_in_a_heading_and_in_a_sentence() -> None:
    source = "table = self._table('state', 'Promise')\nself._say(f'{n} left to people')"
    assert set(printed(source, HEADINGS)) & NOT_ALONE == {"promise"}
    assert [our_own(said) for said in printed(source, PRINTED)][-1:] == [["left to people"]]
