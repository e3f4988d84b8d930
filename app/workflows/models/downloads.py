"""A public data file is downloaded, checked against its known fingerprint, and only then put in place."""

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.datasets import DatasetRefused, file_sha256

# Of connecting and of each wait for the next bytes; the whole may take as long as it takes.
PATIENCE = 30.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFile:
    """A file that anybody may download, known by its content."""

    #: Its name once it is here.
    name: str
    #: Where it is: the address of the server or of a mirror, and the path there.
    source: str
    path: str
    sha256: str


# OpenML's description of data set 1597 (https://www.openml.org/api/v1/json/data/1597) names this address
# as `parquet_url`. Its `md5_checksum` is that of the ARFF file, twice the size, and says nothing of this one.
CREDIT_CARDS = PublicFile(
    name="creditcard-openml-1597.parquet",
    source="https://data.openml.org",
    path="/datasets/0000/1597/dataset_1597.pq",
    sha256="b7efcb35a428bbe22347a05d2437d9177bab07ce61e51214a17bec584ad9496d",
)

#: Told while bytes arrive: (bytes so far, bytes in all if the server says).
Watch = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadedFile:
    """An intact copy of a public file."""

    path: Path
    size: int  # bytes
    sha256: str
    #: False when it was here before, and nothing was downloaded.
    is_new: bool


def fetch(file: PublicFile, folder: Path, *, watch: Watch, patience: float = PATIENCE) -> DownloadedFile:
    """Return the file in this folder, downloaded unless an intact copy is there already.

    The folder is made when it is missing. A file of that name with other content is replaced, and only
    by an intact one; what a broken download leaves is removed.

    Raises `DatasetRefused` with one sentence: no way to the server, its refusal, other content than
    expected, no room for the file.
    """
    target = folder / file.name
    partial = folder / f"{file.name}.partial"
    with _local_sentences(target):
        if target.is_file() and file_sha256(target) == file.sha256:
            return DownloadedFile(path=target, size=target.stat().st_size, sha256=file.sha256, is_new=False)
        try:
            with _remote_sentences(file, patience):
                _download(file, partial, watch, patience)
            _check(file, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return DownloadedFile(path=target, size=target.stat().st_size, sha256=file.sha256, is_new=True)


def _download(file: PublicFile, partial: Path, watch: Watch, patience: float) -> None:
    url = file.source.rstrip("/") + file.path
    with httpx.stream("GET", url, timeout=patience, follow_redirects=True) as response:
        response.raise_for_status()
        length = response.headers.get("Content-Length", "")
        partial.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as written:
            for chunk in response.iter_bytes():
                written.write(chunk)
                watch(response.num_bytes_downloaded, int(length) if length.isdecimal() else None)


def _check(file: PublicFile, partial: Path) -> None:
    """Read again what was written: that, and not what was sent, will be used."""
    found = file_sha256(partial)
    if found != file.sha256:
        raise DatasetRefused(
            f"what {file.source} sent is not the expected file and was thrown away: its sha256 is {found},"
            f" not {file.sha256}"
        )


@contextmanager
def _remote_sentences(file: PublicFile, patience: float) -> Iterator[None]:
    """Turn what goes wrong on the way into one sentence each."""
    try:
        yield
    except httpx.HTTPStatusError as refused:
        answer = refused.response
        raise DatasetRefused(
            f"{answer.url} cannot be downloaded: the server answers {answer.status_code}"
            f" {answer.reason_phrase}".rstrip()
        ) from refused
    except httpx.TimeoutException as late:
        raise DatasetRefused(f"{file.source} did not answer within {patience:g} s; try again later") from late
    except httpx.ConnectError as unreachable:
        raise DatasetRefused(
            f"{file.source} cannot be reached ({_why(unreachable)}); fetching needs the internet"
        ) from unreachable
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as strange:
        raise DatasetRefused(f"{file.source!r} is not an address that begins with https://") from strange
    except httpx.HTTPError as broken:
        raise DatasetRefused(
            f"the download from {file.source} broke off ({_why(broken)}); try again later"
        ) from broken


def _why(error: httpx.HTTPError) -> str:
    """Return the reason in the system's words, without its number."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return "its name is not known" if isinstance(cause, socket.gaierror) else cause.strerror
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__


@contextmanager
def _local_sentences(target: Path) -> Iterator[None]:
    """Turn what goes wrong on this machine's disk into one sentence each."""
    try:
        yield
    except OSError as failure:
        if failure.errno == errno.ENOSPC:
            raise DatasetRefused(
                f"the disk is full: {target} was not written, make room and try again"
            ) from failure
        raise DatasetRefused(f"{target} cannot be written: {failure.strerror or failure}") from failure
