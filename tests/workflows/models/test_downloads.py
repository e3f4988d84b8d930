"""A download over a real port: intact, broken, refused, and with no room for it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.datasets import DatasetRefused
from app.workflows.models.downloads import CREDIT_CARDS, DownloadedFile, PublicFile, fetch

CONTENT = bytes(range(256)) * 4096


@dataclass
class Mirror:
    """A server of one file, and what it shall do wrong."""

    content: bytes = CONTENT
    status: int = 200
    #: Bytes after which the connection is cut.
    cut_after: int | None = None
    wait: float = 0.0  # seconds before the answer
    url: str = ""
    requests: int = 0


@contextmanager
def running(mirror: Mirror) -> Iterator[Mirror]:
    """Serve, for a while, on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mirror.requests += 1
            time.sleep(mirror.wait)
            if self.path == "/moved/file.bin":
                self.send_response(302)
                self.send_header("Location", "/the/file.bin")
                self.end_headers()
                return
            self.send_response(mirror.status)
            self.send_header("Content-Length", str(len(mirror.content)))
            with suppress(ConnectionError):  # a client that gave up is what some tests want
                self.end_headers()
                self.wfile.write(mirror.content[: mirror.cut_after])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        mirror.url = f"http://127.0.0.1:{server.server_port}"
        yield mirror
        server.shutdown()
        thread.join()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with running(Mirror()) as mirror:
        yield mirror


def the_file(mirror: Mirror, *, path: str = "/the/file.bin", content: bytes = CONTENT) -> PublicFile:
    return PublicFile(name="file.bin", source=mirror.url, path=path, sha256=sha256(content).hexdigest())


def fetched(file: PublicFile, folder: Path, *, patience: float = 5.0) -> DownloadedFile:
    return fetch(file, folder, watch=lambda _arrived, _total: None, patience=patience)


def refusal(file: PublicFile, folder: Path, *, patience: float = 5.0) -> str:
    with pytest.raises(DatasetRefused) as refused:
        fetched(file, folder, patience=patience)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("path", ["/the/file.bin", "/moved/file.bin"])
def test_a_file_arrives_whole_in_a_folder_of_its_own(tmp_path: Path, mirror: Mirror, path: str) -> None:
    folder = tmp_path / "new" / "folder"
    seen: list[tuple[int, int | None]] = []
    told = fetch(the_file(mirror, path=path), folder, watch=lambda *news: seen.append(news))
    assert told.is_new
    assert told.size == len(CONTENT)
    assert told.sha256 == sha256(CONTENT).hexdigest()
    assert told.path.read_bytes() == CONTENT
    assert [entry.name for entry in folder.iterdir()] == ["file.bin"]
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)


def test_an_intact_file_is_not_fetched_again_even_offline(tmp_path: Path, mirror: Mirror) -> None:
    fetched(the_file(mirror), tmp_path)
    again = fetched(the_file(mirror), tmp_path)
    assert not again.is_new
    assert mirror.requests == 1


def test_a_damaged_file_is_replaced(tmp_path: Path, mirror: Mirror) -> None:
    (tmp_path / "file.bin").write_bytes(CONTENT[:-1])
    assert fetched(the_file(mirror), tmp_path).is_new
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_what_a_killed_download_left_is_no_hindrance(tmp_path: Path, mirror: Mirror) -> None:
    (tmp_path / "file.bin.partial").write_bytes(b"x" * (len(CONTENT) + 9))
    assert fetched(the_file(mirror), tmp_path).path.read_bytes() == CONTENT
    assert not (tmp_path / "file.bin.partial").exists()


def test_other_content_is_thrown_away_and_what_was_there_stays(tmp_path: Path, mirror: Mirror) -> None:
    (tmp_path / "file.bin").write_bytes(b"old")
    mirror.content = CONTENT + b"more"
    said = refusal(the_file(mirror), tmp_path)
    assert "not the expected file" in said
    assert sha256(mirror.content).hexdigest() in said
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [b"old"]


@pytest.mark.parametrize("status", [404, 403, 500, 503])
def test_a_refusal_of_the_server_is_told_with_its_status(tmp_path: Path, mirror: Mirror, status: int) -> None:
    mirror.status = status
    said = refusal(the_file(mirror), tmp_path / "none")
    assert f"/the/file.bin cannot be downloaded: the server answers {status}" in said
    assert not (tmp_path / "none").exists()


def test_a_cut_connection_leaves_nothing(tmp_path: Path, mirror: Mirror) -> None:
    mirror.cut_after = len(CONTENT) // 2
    assert "broke off" in refusal(the_file(mirror), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_silent_server_is_given_up(tmp_path: Path, mirror: Mirror) -> None:
    mirror.wait = 0.5
    assert "did not answer within 0.1 s" in refusal(the_file(mirror), tmp_path, patience=0.1)


def test_without_a_way_to_the_server_the_reason_is_told(tmp_path: Path) -> None:
    with running(Mirror()) as mirror:
        closed = the_file(mirror)
    assert "cannot be reached (Connection refused)" in refusal(closed, tmp_path)
    nowhere = PublicFile(name="file.bin", source="http://nowhere.invalid", path="/", sha256="")
    assert "http://nowhere.invalid cannot be reached (its name is not known)" in refusal(nowhere, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("source", ["nowhere", "ftp://127.0.0.1", "http://127.0.0.1:port", ""])
def test_what_is_no_address_is_named(tmp_path: Path, source: str) -> None:
    file = PublicFile(name="file.bin", source=source, path="/file.bin", sha256="")
    assert "is not an address that begins with https://" in refusal(file, tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_called_one(tmp_path: Path, mirror: Mirror) -> None:
    (tmp_path / "file.bin.partial").symlink_to("/dev/full")
    assert "the disk is full" in refusal(the_file(mirror), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_none_is_named(tmp_path: Path, mirror: Mirror) -> None:
    (tmp_path / "taken").write_text("a file")
    assert f"{tmp_path / 'taken' / 'file.bin'} cannot be written" in refusal(
        the_file(mirror), tmp_path / "taken"
    )


def test_the_known_file_is_one_address_and_one_fingerprint() -> None:
    assert CREDIT_CARDS.source.startswith("https://")
    assert len(bytes.fromhex(CREDIT_CARDS.sha256)) == 32
