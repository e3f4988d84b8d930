"""Whether a server lets somebody in, asked without a program."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.database.server.embedded import attach
from app.database.server.processes.cluster import DATABASE, PORT, SUPERUSER
from app.database.server.processes.greeting import lets_in
from app.database.server.processes.programs import Programs
from tests.own_server import OwnServer, own_server

NAME = f".s.PGSQL.{PORT}"


@pytest.fixture(scope="module")
def own() -> Iterator[OwnServer]:
    with own_server() as own:
        yield own


def place_of(own: OwnServer) -> Path:
    return next(own.folder.glob(NAME))


def test_a_living_server_lets_its_owner_in(own: OwnServer) -> None:
    assert lets_in(place_of(own), user=SUPERUSER, database=DATABASE)


@pytest.mark.parametrize(("user", "database"), [(SUPERUSER, "nowhere"), ("nobody", DATABASE)])
def test_a_database_or_person_that_is_not_there_is_told(own: OwnServer, user: str, database: str) -> None:
    assert not lets_in(place_of(own), user=user, database=database)


async def test_a_database_that_was_dropped_is_made_again(own: OwnServer) -> None:
    connection = await own.connected("postgres")
    await connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    await connection.close()
    assert not lets_in(place_of(own), user=SUPERUSER, database=DATABASE)
    own.server.revive()
    assert lets_in(place_of(own), user=SUPERUSER, database=DATABASE)


def test_a_server_that_stands_still_is_not_waited_for(own: OwnServer) -> None:
    with own.frozen():
        assert not lets_in(place_of(own), user=SUPERUSER, database=DATABASE, seconds=0.05)
    assert lets_in(place_of(own), user=SUPERUSER, database=DATABASE)


def test_a_look_at_a_living_server_starts_no_program(own: OwnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*words: object, **_more: object) -> None:
        raise AssertionError(words)

    monkeypatch.setattr(Programs, "run", started)
    own.server.revive()
    attach(own.folder).release()


@contextmanager
def somebody_else(answer: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{folder}/{NAME}")
        listening.listen()

        def answered() -> None:
            line, _ = listening.accept()
            with line:
                line.recv(1000)
                line.sendall(answer)

        thread = threading.Thread(target=answered)
        thread.start()
        yield Path(folder) / NAME
        thread.join()


#: The server lets in by its rules, and says so before it looks for the database.
LET_IN = b"R\x00\x00\x00\x08\x00\x00\x00\x00"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"R",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"N",
        LET_IN,
        LET_IN + b"E\x00\x00\x00\x05\x00",
        LET_IN * 200,
    ],
)
def test_what_is_no_postgresql_is_not_taken_for_one(answer: bytes) -> None:
    with somebody_else(answer) as place:
        assert not lets_in(place, user=SUPERUSER, database=DATABASE, seconds=5)


def test_nobody_at_all_lets_nobody_in(tmp_path: Path) -> None:
    assert not lets_in(tmp_path / NAME, user=SUPERUSER, database=DATABASE)
