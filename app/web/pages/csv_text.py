"""Lines of a CSV file that a spreadsheet may open without harm."""

import csv
from collections.abc import Iterable
from io import StringIO

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
#: What every answer with a file carries: nobody keeps what one person may see.
NOT_KEPT = {"Cache-Control": "no-store"}


def safe(text: str) -> str:
    """Return somebody's text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_BEGINS) else text


def line(cells: Iterable[str]) -> str:
    """Return one line, its cells quoted where they need it."""
    written = StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()


def as_file(name: str) -> dict[str, str]:
    """Return the headers that make a browser keep an answer as a file of this name."""
    return {"Content-Disposition": f'attachment; filename="{name}"', **NOT_KEPT}
