"""What kind of file is this? Told by its first bytes, before anything of it is taken for a table."""

import gzip
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from hashlib import sha256
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from app.datasets.refusal import DatasetRefused, shown

# Bytes that tell the kind; a pointer file or an error page is hardly longer.
HEAD = 4096

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"

JSON = "JSON, not a table: write it as CSV, or post it to /v1/transactions/batch"
_PICKLE = "a Python pickle, which is never loaded: write it as Parquet or CSV"

#: How other formats begin, what they are, and what to do.
_MAGIC = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook: save the sheet as CSV UTF-8"),
    (b"BZh", "compressed with bzip2: unpack it first"),
    (b"\xfd7zXZ\x00", "compressed with xz: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"ARROW1", "an Arrow (Feather) file: write it as Parquet or CSV"),
    (b"Obj\x01", "an Avro file: write it as Parquet or CSV"),
    (b"\x89HDF", "an HDF5 file: write it as Parquet or CSV"),
    (b"\x93NUMPY", "a NumPy array: write it as Parquet or CSV"),
    (b"SQLite format 3\x00", "an SQLite database: export the table as CSV"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"{\\rtf", "a text document (RTF): save the table as CSV UTF-8"),
    (b"\xff\xfe", 'in UTF-16 (a spreadsheet\'s "Unicode text"): save it as CSV UTF-8'),
    (b"\xfe\xff", 'in UTF-16 (a spreadsheet\'s "Unicode text"): save it as CSV UTF-8'),
    (b"version https://git-lfs.github.com", "a Git LFS pointer, not the data: fetch it with `git lfs pull`"),
    (b"/annex/objects/", "a git-annex pointer, not the data: fetch it with `git annex get`"),
    (b"outs:\n", "a DVC pointer, not the data: fetch it with `dvc pull`"),
    (b"@relation", "an ARFF file: write it as Parquet or CSV"),
    (b"\x80\x03", _PICKLE),
    (b"\x80\x04", _PICKLE),
    (b"\x80\x05", _PICKLE),
    (b"@RELATION", "an ARFF file: write it as Parquet or CSV"),
)


class Kind(Enum):
    """What a readable data file is."""

    TEXT = "text"
    PARQUET = "Parquet"


def kind_of(path: Path, *, tables: bool = True) -> Kind:
    """Return what a file is; gzip is looked into. Where no table is expected, JSON is a text like others.

    Raises `DatasetRefused` with the cause and what to do.
    """
    name = shown(path.name)
    try:
        if path.is_dir():
            raise DatasetRefused(f"{name} is a folder, not a file")
        with opened(path) as file:
            head = file.read(HEAD)
    except OSError as failure:
        why = failure.strerror or "an error of the disk"
        raise DatasetRefused(f"{name} cannot be read ({why})") from failure
    if head.startswith(_PARQUET):
        return Kind.PARQUET
    found = _other_kind(head, path)
    if found == JSON and not tables:
        return Kind.TEXT
    if found is not None:
        raise DatasetRefused(f"{name} is {found}")
    return Kind.TEXT


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Give the bytes of a file, those inside where it is gzip under whatever name.

    Raises `DatasetRefused` when such a file is damaged, and OSError.
    """
    with path.open("rb") as file:
        if file.read(2) != _GZIP:
            file.seek(0)
            yield file
            return
        file.seek(0)
        try:
            with gzip.open(file) as inside:
                yield cast("BinaryIO", inside)
        except (EOFError, gzip.BadGzipFile, zlib.error) as damaged:
            name = shown(path.name)
            raise DatasetRefused(f"{name} is gzip, but cut off or damaged: fetch it again") from damaged


@contextmanager
def opened_text(path: Path) -> Iterator[TextIO]:
    """Give the text of a file, line ends untouched and without a byte order mark.

    Bytes that are no UTF-8 arrive as lone surrogates, so that the line they stand in can be named.
    """
    with opened(path) as file, TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="") as text:
        yield text


def file_sha256(path: Path) -> str:
    """Return the fingerprint of a file's bytes: packed by gzip or not, the same data have the same."""
    digest = sha256()
    with opened(path) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _other_kind(head: bytes, path: Path) -> str | None:
    """Return what a file is that is neither text nor Parquet, and what to do; None when it is text."""
    if not head:
        return "empty (0 bytes)"
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path)
    magic = next((kind for beginning, kind in _MAGIC if head.startswith(beginning)), None)
    if magic is not None:
        return magic
    return _with_zeros(head) if b"\x00" in head else _marked_up(head.removeprefix(b"\xef\xbb\xbf").lstrip())


def _zipped(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return "a zip archive that is cut off or damaged: fetch it again"
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook: save the sheet as CSV UTF-8"
    if "content.xml" in names:
        return "an OpenDocument spreadsheet: save the sheet as CSV UTF-8"
    inside = f" (it holds {shown(names[0])})" if names else ""
    return f"a zip archive{inside}: unpack it first"


def _with_zeros(head: bytes) -> str:
    """Tell what bytes with zeros are; in UTF-16 without its mark every other byte of plain letters is one."""
    if head[257:262] == b"ustar":
        return "a tar archive: unpack it first"
    sixteen = max(head[::2].count(0), head[1::2].count(0)) * 3 >= len(head)
    if sixteen and head.strip(b"\x00"):
        return "in UTF-16 without a byte order mark: save it as CSV UTF-8"
    return "no text, and no data format known here"


def _marked_up(text: bytes) -> str | None:
    start = text[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "a web page (HTML), not the data: a download answered with a page, often a login or an error"
    if start.startswith((b"<?xml", b"<error", b"<!--")):
        return "XML, not a table: often a download's error message; write the table as CSV"
    if start.startswith((b"{", b"[")) and _is_json(text):
        return JSON
    if not text:
        return "blank: it holds only spaces and line ends" if len(text) < HEAD else None
    return None


def _is_json(text: bytes) -> bool:
    """Whether the beginning reads as JSON: a bracket, then what JSON allows behind it."""
    try:
        json.loads(text)
    except UnicodeDecodeError:
        return False
    except json.JSONDecodeError:
        behind = text[1:].lstrip()[:1]
        return behind in (b'"', b"{", b"[", b"}", b"]") or behind.isdigit()
    return True
