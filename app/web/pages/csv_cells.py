"""Lines of every CSV file there is: no spreadsheet runs them, changes them, or splits them elsewhere.

Numbers stay numbers, moments are ISO 8601. A text that Excel, LibreOffice or Sheets would take for a formula,
a number, a date or a truth value begins with an apostrophe; `unguarded` takes exactly that one away, so that
every text comes back as it was. Rows end as RFC 4180 has it; the file begins with a mark by which Excel
knows UTF-8.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from app.review.text import comparable

#: What a cell may hold; None is an empty one.
Cell = str | int | float | Decimal | datetime | None

BYTE_ORDER_MARK = "\ufeff"
GUARD = "'"
#: What every answer with a file carries: nobody keeps what one person may see.
NOT_KEPT = {"Cache-Control": "no-store"}

# Looked for in the comparable form: full-width signs begin a formula, too; LibreOffice knows the minus sign.
_FORMULA = re.compile("[=+\\-@\u2212\t\r\n]")
_SEPARATORS = r"\s.,:;/\\+\-'\u2019%$\u20ac\u00a3\u00a5()"
_NUMBER = re.compile(rf"[{_SEPARATORS}]*\d[\d{_SEPARATORS}]*(e[+-]?\d+)?[{_SEPARATORS}]*")
_MONTHS = "jan|feb|mar|m\u00e4r|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez"
_DATE = re.compile(rf"(?=.*\d)[\d{_SEPARATORS}]*({_MONTHS})\w*[\d{_SEPARATORS}]*(t[\d{_SEPARATORS}]+z?)?")
_MOMENT = re.compile(rf"\d[\d{_SEPARATORS}]*([ap]m?|t[\d{_SEPARATORS}]*z?)")
_OTHER = re.compile(r"true|false|wahr|falsch|vrai|faux|verdadero|falso|vero|#[a-z/0]+[!?]?")
#: What no program that reads CSV takes for more than a word.
_BARE = re.compile(r"[\w.:+\-]*")


def guarded(text: str) -> str:
    """Return a text as a spreadsheet keeps it: an apostrophe before what it would take for more than text.

    >>> guarded("=1+1"), guarded("00123"), guarded("M-20417")
    ("'=1+1", "'00123", 'M-20417')
    """
    return GUARD + text if _is_mistaken(text.lstrip(GUARD)) else text


def unguarded(text: str) -> str:
    """Return the text behind a cell that `guarded` wrote; any other cell as it is."""
    behind = text[len(GUARD) :]
    return behind if text.startswith(GUARD) and guarded(behind) == text else text


def line(cells: Iterable[Cell]) -> str:
    """Return one row, with its end."""
    return ",".join(map(_written, cells)) + "\r\n"


def heading(names: Iterable[str]) -> str:
    """Return the first row of a file."""
    return BYTE_ORDER_MARK + line(names)


def rounded(number: float, digits: int) -> Decimal:
    """Return a number with so many decimals, as it is to be written."""
    return Decimal(f"{number:.{digits}f}")


def as_file(name: str) -> dict[str, str]:
    """Return the headers that make a browser keep an answer as a file of this name."""
    return {"Content-Disposition": f'attachment; filename="{name}"', **NOT_KEPT}


def _is_mistaken(text: str) -> bool:
    plain = comparable(text).casefold()
    if _FORMULA.match(text) or _FORMULA.match(plain.lstrip()):
        return True
    return any(kind.fullmatch(plain.strip()) for kind in (_NUMBER, _DATE, _MOMENT, _OTHER))


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        text = guarded(cell)
        # Quoted also where only a semicolon or a space is: some programs split there.
        return text if _BARE.fullmatch(text) else '"' + text.replace('"', '""') + '"'
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime):
        return cell.isoformat()
    return f"{Decimal(str(cell)):f}"
