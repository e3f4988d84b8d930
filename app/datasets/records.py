"""The records of a CSV file, each with the line of the file it begins in."""

import csv
from collections.abc import Iterator
from typing import TextIO

from app.datasets.refusal import DatasetRefused

_LONE_SURROGATES = range(0xDC80, 0xDD00)
_MERGE_MARKERS = ("<<<<<<< ", ">>>>>>> ", "||||||| ")


def records(
    text: TextIO, name: str, *, delimiter: str = ",", lines_before: int = 0
) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of every record, the lines counted from 1; blank ones are passed over.

    A cell in quotation marks may hold delimiters and line breaks; lines go on being counted in it. A record
    without anything in its cells counts as blank. `name` is the file's, as it is shown; `lines_before`: of
    it, where the text is its end.

    Raises `DatasetRefused` with the line that is no UTF-8, holds a merge conflict or unmatched quotes.
    """
    reader = csv.reader(checked_lines(text, name, before=lines_before), strict=True, delimiter=delimiter)
    while True:
        line = lines_before + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            raise DatasetRefused(_unmatched(name, line, str(broken))) from broken
        if any(cell.strip() for cell in cells):
            yield line, cells


def checked_lines(text: TextIO, name: str, *, before: int = 0) -> Iterator[str]:
    """Yield the lines of a text. Raises `DatasetRefused` as `records` does, but for quotes."""
    for number, line in enumerate(text, start=before + 1):
        if not line.isascii():
            _check_utf8(line, name, number)
        if line.startswith(_MERGE_MARKERS) or line.rstrip() == "=======":
            raise DatasetRefused(f"{name}: line {number} is the marker of a merge conflict: resolve it first")
        if "\x00" in line:
            raise DatasetRefused(f"{name}: line {number} holds a zero byte: the file is damaged, or no text")
        yield line


def _check_utf8(line: str, name: str, number: int) -> None:
    strange = next((ord(sign) for sign in line if ord(sign) in _LONE_SURROGATES), None)
    if strange is not None:
        raise DatasetRefused(
            f"{name}: line {number} is not UTF-8 (byte 0x{strange - 0xDC00:02x}; perhaps Latin-1 or"
            " Windows-1252): save the file as CSV UTF-8"
        )


def _unmatched(name: str, line: int, said: str) -> str:
    if "end of data" in said or "field limit" in said:
        return f"{name}: a quotation mark that is opened in line {line} is never closed"
    return f"{name}: in line {line} something stands behind a closing quotation mark"
