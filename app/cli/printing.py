"""Tables and sentences: lines around tables on a terminal, none in a file or a pipe; refusals beside them."""

from typing import NoReturn

import typer
from rich import box
from rich.console import Console
from rich.progress import Progress, ProgressColumn
from rich.table import Table

# Characters; a pipe has no width, and the 80 that rich takes for it would cut cells off.
PIPE_WIDTH = 1000
# Characters from which on a terminal has room for every column.
WIDE = 110


def complain(sentence: str, *, style: str = "red") -> None:
    """Say a sentence on standard error, with its full stop; what others wrote in it steers nothing."""
    Console(stderr=True).print(f"{sentence}.", style=style, soft_wrap=True, markup=False, highlight=False)


def stop(sentence: str, *, code: int = 1, style: str = "red") -> NoReturn:
    """End the command with a sentence."""
    complain(sentence, style=style)
    raise typer.Exit(code)


def bar(*columns: ProgressColumn | str) -> Progress:
    """Return bars on standard error, as `rich` draws them unless told which columns; none in a pipe."""
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


class Printer:
    """What a command says to people; its tables stay readable for programs."""

    def __init__(self) -> None:
        # What people wrote is printed as they wrote it, brackets and all.
        self._console = Console(markup=False, highlight=False)
        if not self._console.is_terminal:
            self._console.width = PIPE_WIDTH

    @property
    def _is_wide(self) -> bool:
        """Whether there is room for what one can do without."""
        return self._console.width >= WIDE

    def _table(self, *headers: str, numbers: bool = True) -> Table:
        lines = box.ROUNDED if self._console.is_terminal else None
        table = Table(*headers, box=lines, pad_edge=lines is not None)
        for column in table.columns[1:] if numbers else ():
            column.justify = "right"
        return table

    def _print(self, table: Table) -> None:
        if not self._console.is_terminal:
            self._console.print()
        self._console.print(table)

    def _say(self, sentence: str, style: str | None = None) -> None:
        # A terminal would break lines within words.
        self._console.print(sentence, style=style, soft_wrap=not self._console.is_terminal)
