"""What the documents tell to type can be typed: commands, options and their names are there."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from app.cli.commands import tertium

DOCS = Path(__file__).parents[2] / "docs"
LINE = re.compile(r"^(?:[A-Z_]+=\S+ )*(?P<command>tertium .*?)(?:\s+#.*)?$", re.MULTILINE)
COMMANDS = [
    match["command"]
    for name in ("own-payments.md", "schema.md", "operations.md", "payments-world.md")
    for block in re.findall(r"```\w*\n(.*?)```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL)
    for match in LINE.finditer(block)
]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_documented_command_takes_its_options(line: str) -> None:
    command: Any = typer.main.get_command(tertium)
    words = shlex.split(line)[1:]
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= known
