"""A made-up file of the Kaggle format, and the ways in which such files come to be wrong."""

import gzip
import io
import zipfile
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from app.datasets import KAGGLE_NAMES

HEADER = ["Time", *KAGGLE_NAMES, "Amount", "Class"]
ROWS = 400
Cells = Sequence[Sequence[str]]


@cache
def cells() -> Cells:
    """Return 400 rows over two days, a quarter of them frauds."""
    rng = np.random.default_rng(7)
    times = np.sort(rng.integers(0, 172_800, ROWS))
    features = rng.normal(size=(ROWS, len(KAGGLE_NAMES)))
    amounts = rng.exponential(80, ROWS)
    return [
        [
            str(times[row]),
            *(repr(float(value)) for value in features[row]),
            f"{amounts[row]:.2f}",
            str(int(row % 4 == 0)),
        ]
        for row in range(ROWS)
    ]


def text_of(rows: Cells, header: Sequence[str] = HEADER, separator: str = ",") -> str:
    """Return rows as a file holds them."""
    return "".join(f"{separator.join(row)}\n" for row in (header, *rows))


def good() -> str:
    return text_of(cells())


def changed(column: str, change: Callable[[str], str], *, every: int = 1) -> str:
    """Return the file with a column's cells changed, in every n-th row."""
    place = HEADER.index(column)
    rows = [
        [change(cell) if at == place and number % every == 0 else cell for at, cell in enumerate(row)]
        for number, row in enumerate(cells())
    ]
    return text_of(rows)


def one_cell(column: str, row: int, cell: str) -> str:
    """Return the file with one cell (of a row counted from 0) replaced."""
    place = HEADER.index(column)
    rows = [list(each) for each in cells()]
    rows[row][place] = cell
    return text_of(rows)


def quoted_commas() -> str:
    return text_of([[f'"{cell.replace(".", ",")}"' for cell in row] for row in cells()])


def with_index() -> str:
    return text_of([[str(at), *row] for at, row in enumerate(cells())], ["", *HEADER])


def with_line(line: int, words: str) -> str:
    """Return the file with a line (from 1) put in between."""
    lines = good().splitlines()
    return "\n".join([*lines[: line - 1], words, *lines[line - 1 :], ""])


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, good())
    return packed.getvalue()


def encoded(content: str | bytes, encoding: str = "utf-8") -> bytes:
    return content if isinstance(content, bytes) else content.encode(encoding)


LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:76274b69\nsize 150828752\n"
HTML = "\n<!DOCTYPE html>\n<html><body>Please sign in</body></html>\n"

#: What is no table, or none that can be read: its bytes, and what the cause's sentence must say.
UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \n\n", "is blank"),
    "git lfs pointer": (encoded(LFS), "git lfs pull"),
    "html page": (encoded(HTML), "web page"),
    "xml error": (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "XML"),
    "json": (b'[{"Time": 0, "V1": 0.5}]', "JSON"),
    "ndjson": (b'{"Time": 0}\n{"Time": 1}\n', "JSON"),
    "zip": (zipped("creditcard.csv"), "zip archive (it holds creditcard.csv)"),
    "excel workbook": (zipped("[Content_Types].xml", "xl/workbook.xml"), "Excel workbook"),
    "open document": (zipped("mimetype", "content.xml"), "OpenDocument"),
    "zip cut off": (zipped("creditcard.csv")[:900], "cut off"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel"),
    "gzip cut off": (gzip.compress(encoded(good()))[:9000], "cut off"),
    "gzip of html": (gzip.compress(encoded(HTML)), "web page"),
    "parquet cut off": (b"PAR1" + bytes(400), "cut off"),
    "feather": (b"ARROW1\x00\x00" + bytes(100), "Feather"),
    "pickle": (b"\x80\x04\x95" + bytes(100), "pickle"),
    "sqlite": (b"SQLite format 3\x00" + bytes(100), "SQLite"),
    "picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "picture"),
    "utf-16": (encoded(good(), "utf-16"), "UTF-16"),
    "utf-16 without a mark": (encoded(good(), "utf-16-le"), "UTF-16"),
    "latin-1": (encoded(text_of([*cells(), ["Zürich"] * 31]), "latin-1"), "line 402 is not UTF-8"),
    "merge markers": (encoded(with_line(7, "<<<<<<< HEAD")), "line 7 is the marker of a merge conflict"),
    "merge middle": (encoded(with_line(9, "=======")), "line 9 is the marker of a merge conflict"),
    "open quote": (encoded(with_line(5, '"a')), "opened in line 5 is never closed"),
    "quote inside": (encoded(with_line(5, '"a"b,2')), "in line 5"),
    "zero byte": (encoded(with_line(300, "a\x00b")), "line 300 holds a zero byte"),
}

#: Tables whose header or rows do not fit.
ILL_SHAPED: dict[str, tuple[bytes, str]] = {
    "semicolons": (encoded(text_of(cells(), separator=";")), "separated by semicolons"),
    "tabs": (encoded(text_of(cells(), separator="\t")), "separated by tabs"),
    "bars": (encoded(text_of(cells(), separator="|")), "separated by vertical bars"),
    "semicolons and decimal commas": (
        encoded(text_of(cells(), separator=";").replace(".", ",")),
        "separated by semicolons: separate them by commas, and its numbers have decimal commas",
    ),
    "sep line": (encoded("sep=;\n" + text_of(cells(), separator=";")), "spreadsheet's `sep=`"),
    "comment": (encoded("# exported on Monday\n" + good()), "first line is a comment"),
    "lower case": (encoded(text_of(cells(), [name.lower() for name in HEADER])), "'time' for Time"),
    "blanks": (encoded(text_of(cells(), [f" {name}" for name in HEADER])), "differ in case, blanks"),
    "unseen signs": (
        encoded(text_of(cells(), ["Time", *HEADER[1:-2], "Amount\u200b", "Class"])),
        "for Amount",
    ),
    "no header": (encoded("".join(f"{','.join(row)}\n" for row in cells())), "it has no header"),
    "id, no time": (encoded(text_of(cells(), ["id", *HEADER[1:]])), "is no time"),
    "another file": (b"name,town\nada,london\n", "it has 'name', 'town'"),
    "twice": (encoded(text_of([[*row, "1"] for row in cells()], [*HEADER, "V3"])), "a column twice: V3"),
    "header alone": (encoded(text_of([])), "holds no payments"),
    "short row": (encoded(with_line(33, "1,2,3")), "line 33 has 3 cells, the header 31"),
    "cut off": (encoded(good()[: good().rindex(",", 0, -40)]), "seems to be cut off"),
    "trailing commas": (encoded(text_of([[*row, ""] for row in cells()])), "every row ends with a comma"),
    "row names": (
        encoded(text_of([[str(at), *row] for at, row in enumerate(cells())])),
        "write the file without row names",
    ),
    "plain decimal commas": (
        encoded(text_of([[cell.replace(".", ",") for cell in row] for row in cells()])),
        "a comma as decimal point",
    ),
    "quoted decimal commas": (encoded(quoted_commas()), "(the decimal point is a comma)"),
    "thousands": (encoded(one_cell("Amount", 4, '"1,234.50"')), "line 6, column Amount"),
    "underscore": (encoded(one_cell("Amount", 4, "1_000")), "line 6, column Amount"),
    "full width digits": (encoded(one_cell("V1", 4, "\uff11\uff12")), "line 6, column V1"),
    "blank beside": (encoded(one_cell("V1", 4, " 12 ")), "there are blanks around the number"),
    "nan": (encoded(one_cell("V28", 9, "nan")), "line 11, column V28"),
    "infinity": (encoded(one_cell("Amount", 9, "Infinity")), "line 11, column Amount"),
    "hexadecimal": (encoded(one_cell("V2", 9, "0x1F")), "line 11, column V2"),
    "beyond floats": (encoded(one_cell("Amount", 9, "1e999")), "line 11, column Amount"),
    "spreadsheet error": (encoded(one_cell("V2", 9, "#NAME?")), "a spreadsheet's error"),
    "spreadsheet date": (encoded(one_cell("V2", 9, "01.Feb")), "a spreadsheet made a date of it"),
    "points as thousands": (
        encoded(changed("V3", lambda _: "119.185.711.131.486")),
        "took its decimal point for a separator",
    ),
    "point lost": (encoded(changed("V3", lambda _: "119185711131486")), "lost its decimal point"),
    "class as text": (encoded(changed("Class", lambda cell: "fraud" if cell == "1" else "legit")), "(fraud)"),
    "negative amount": (encoded(one_cell("Amount", 2, "-3.50")), "line 4, column Amount"),
    "after blank lines": (encoded(with_line(3, "\n\nx,1")), "line 5 has 2 cells"),
}

#: Rows that can be read, and that the service would refuse or that come at impossible times.
NOT_TO_BE_REPLAYED: dict[str, tuple[str, str]] = {
    "nine decimals": (changed("Amount", lambda cell: f"{cell}0182823"), "400 of 400 rows (line 2, line 3,"),
    "every fourth": (
        changed("Amount", lambda cell: f"{cell}0182823", every=4),
        "100 of 400 rows (line 2, line 6",
    ),
    "scaled amounts": (changed("Amount", lambda cell: repr(float(cell) / 7001)), "an amount has at most"),
    "huge amount": (one_cell("Amount", 3, "123456789012345678"), "1 of 400 rows (line 5)"),
    "constant time": (changed("Time", lambda _: "7"), "it is 7 in all 400 rows"),
    "scaled time": (changed("Time", lambda cell: repr(int(cell) / 172_800)), "between 0 and 1"),
    "hours": (changed("Time", lambda cell: repr(int(cell) / 3600)), "whole seconds of hours"),
    "whole hours": (changed("Time", lambda cell: str(int(cell) // 3600)), "as in minutes, hours or days"),
    "milliseconds": (changed("Time", lambda cell: f"{cell}000"), "as in milliseconds"),
    "nanoseconds": (changed("Time", lambda cell: f"{cell}123456789"), "years"),
}

#: What is harmless and means one thing alone.
HARMLESS: dict[str, tuple[str, bytes]] = {
    "as it is": ("good.csv", encoded(good())),
    "byte order mark": ("good.csv", b"\xef\xbb\xbf" + encoded(good())),
    "windows line ends": ("good.csv", encoded(good().replace("\n", "\r\n"))),
    "old mac line ends": ("good.csv", encoded(good().replace("\n", "\r"))),
    "gzip": ("good.csv.gz", gzip.compress(encoded(good()))),
    "gzip under another name": ("good.csv", gzip.compress(encoded(good()))),
    "no last line end": ("good.csv", encoded(good().rstrip("\n"))),
    "blank lines": ("good.csv", encoded(with_line(5, "\n\n  \n" + "," * 30))),
    "quoted": ("good.csv", encoded(text_of([[f'"{cell}"' for cell in row] for row in cells()]))),
    "exponents": ("good.csv", encoded(one_cell("V1", 3, "-1.5E-05"))),
    "row index": ("good.csv", encoded(with_index())),
    "other columns": (
        "good.csv",
        encoded(
            text_of(
                [[str(at), *row, "0.1", "yes"] for at, row in enumerate(cells())],
                ["Unnamed: 0", *HEADER, "prediction", "is_fraud"],
            )
        ),
    ),
}
