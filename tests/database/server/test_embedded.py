"""The embedded server lives as long as one of its owners, however they die."""

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from app.database.server.embedded import EmbeddedServerFailed, attach
from app.database.server.processes.guardian import lock_file, postmaster, try_lock
from app.database.server.processes.programs import let_through, programs_for

# Prints the address and stays an owner until its input closes; then it ends without a goodbye.
OWNER = """
import sys
from pathlib import Path
from app.database.server.embedded import attach
print(attach(Path(sys.argv[1]), durable=False).url(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not under pytest's own temporary folder, whose ancestors pytest closes to other users at will."""
    with private_place() as place:
        yield place / "data"
        wait_until(lambda: not lives(place / "data"))


@pytest.fixture(scope="module")
def shared_folder() -> Iterator[Path]:
    """The files of a stopped server with one row in it."""
    with private_place() as place:
        with attach(place / "data", durable=False) as server:
            ask(server.url(), "CREATE TABLE kept AS SELECT 42 AS answer")
        yield place / "data"


@pytest.fixture
def stocked(shared_folder: Path) -> Iterator[Path]:
    """The shared folder, with no server in it before and after."""
    wait_until(lambda: not lives(shared_folder))
    yield shared_folder
    wait_until(lambda: not lives(shared_folder))


@contextlib.contextmanager
def private_place() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="tertium-test-"))
    try:
        yield place
    finally:
        shutil.rmtree(place)


def ask(url: str, question: str) -> Any:
    async def answer() -> Any:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=5)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(answer())


def wait_until(fact: Callable[[], bool], *, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


def lives(folder: Path) -> bool:
    """Whether any PostgreSQL process of the folder lives, orphans included."""
    if not (folder / "server.lock").exists():
        return False
    with lock_file(folder, "server.lock") as server:
        return not try_lock(server, fcntl.LOCK_SH)


def guardian_of(folder: Path) -> int:
    found = subprocess.run(
        ["pgrep", "-f", f"guardian.py {folder} "], capture_output=True, text=True, check=True
    )
    (process,) = found.stdout.split()
    return int(process)


def start_owner(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OWNER, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def address(owner: subprocess.Popen[str]) -> str:
    assert owner.stdout is not None
    return owner.stdout.readline().strip()


def kill(owner: subprocess.Popen[str], how: signal.Signals = signal.SIGKILL) -> None:
    """Kill the owner's whole terminal group, and see that nobody else holds its output open."""
    os.killpg(owner.pid, how)
    owner.communicate(timeout=5)


def live_postmaster(folder: Path) -> int:
    process = postmaster(folder)
    assert process is not None
    return process


def mode(place: Path) -> int:
    return stat.S_IMODE(place.stat().st_mode)


def test_starts_private_and_answers_in_utf8(folder: Path) -> None:
    with attach(folder) as server:
        assert ask(server.url(), "SELECT version()").startswith("PostgreSQL 18")
        assert ask(server.url(), "SELECT upper('çà')") == "ÇÀ"
        assert ask(server.url("postgres"), "SHOW server_encoding") == "UTF8"
        assert ask(server.url(), "SHOW fsync") == "on"
        assert ask(server.url(), "SHOW data_checksums") == "on"
        assert ask(server.url(), "SHOW listen_addresses") == ""
        assert {mode(folder), mode(folder / "postgres"), mode(folder / ".s.PGSQL.5432")} == {0o700}
        assert make_url(server.url()).database == "tertium"
    assert postmaster(folder) is None
    assert (mode(folder), mode(folder / "postgres")) == (0o700, 0o700)


def test_data_survives_a_stop(stocked: Path) -> None:
    with attach(stocked, durable=False) as server:
        assert ask(server.url(), "SELECT answer FROM kept") == 42


def test_owners_that_come_at_once_share_one_server_and_the_last_one_out_stops_it(stocked: Path) -> None:
    owners = [start_owner(stocked) for _ in range(3)]
    (url,) = {address(owner) for owner in owners}
    server = live_postmaster(stocked)
    kill(owners[0])
    kill(owners[1], signal.SIGINT)
    assert ask(url, "SELECT answer FROM kept") == 42
    assert live_postmaster(stocked) == server
    os.kill(guardian_of(stocked), signal.SIGTERM)  # which it ignores
    kill(owners[2])
    wait_until(lambda: not lives(stocked))


def test_a_second_hold_in_the_same_process_outlives_the_first(stocked: Path) -> None:
    first = attach(stocked, durable=False)
    with attach(stocked) as second:
        first.release()
        first.release()
        assert ask(second.url(), "SELECT answer FROM kept") == 42
    assert postmaster(stocked) is None


def test_an_owner_can_come_at_the_very_moment_the_last_one_is_killed(stocked: Path) -> None:
    for _ in range(3):
        owner = start_owner(stocked)
        address(owner)
        kill(owner)
        with attach(stocked, durable=False) as server:
            assert ask(server.url(), "SELECT answer FROM kept") == 42


def test_a_killed_server_recovers_what_was_committed(stocked: Path) -> None:
    with attach(stocked) as before:
        ask(before.url(), "CREATE TABLE committed AS SELECT 43 AS answer")
        os.kill(live_postmaster(stocked), signal.SIGKILL)
        with attach(stocked, durable=False) as after:
            assert ask(after.url(), "SELECT answer FROM committed") == 43


def test_a_killed_guardian_is_replaced_by_the_next_owner(stocked: Path) -> None:
    first = start_owner(stocked)
    address(first)
    killed = guardian_of(stocked)
    os.kill(killed, signal.SIGKILL)
    second = start_owner(stocked)
    address(second)
    assert guardian_of(stocked) != killed
    kill(first)
    kill(second)
    wait_until(lambda: not lives(stocked))


def test_a_server_left_alone_by_a_killed_guardian_is_taken_over(stocked: Path) -> None:
    owner = start_owner(stocked)
    address(owner)
    os.kill(guardian_of(stocked), signal.SIGKILL)
    kill(owner)
    abandoned = live_postmaster(stocked)
    with attach(stocked):
        assert live_postmaster(stocked) == abandoned
    assert postmaster(stocked) is None


def test_a_stranger_with_the_old_process_id_is_neither_feared_nor_harmed(stocked: Path) -> None:
    user = stocked.stat().st_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "60"], user=user) as stranger:
        (stocked / "postgres/postmaster.pid").write_text(f"{stranger.pid}\n{stocked}/postgres\n1\n5432\n")
        with attach(stocked, durable=False) as server:
            assert ask(server.url(), "SELECT answer FROM kept") == 42
        assert stranger.poll() is None
        stranger.kill()


def test_a_path_too_long_and_too_odd_for_a_socket_works(folder: Path) -> None:
    place = folder.with_name('it\'s, "$HOME" `x` ' + 90 * "é") / "data"
    (place / "postgres.new").mkdir(parents=True)  # as an `initdb` killed halfway leaves it
    (place / "owners.lock").touch()
    with attach(place, durable=False) as server:
        sockets = Path(str(make_url(server.url()).query["host"]))
        assert (sockets.parent, mode(sockets)) == (Path(tempfile.gettempdir()), 0o700)
        assert ask(server.url(), "SELECT 1") == 1
    sockets.chmod(0o755)
    with pytest.raises(EmbeddedServerFailed, match="should be a folder private to us"):
        attach(place)
    sockets.rmdir()


def test_a_start_that_fails_says_why(stocked: Path) -> None:
    settings = stocked / "postgres/postgresql.conf"
    good = settings.read_text()
    settings.write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedServerFailed, match=r"did not start in .*no_such_setting"):
        attach(stocked)
    settings.write_text(good)


def test_a_folder_of_another_major_version_is_refused(folder: Path) -> None:
    cluster = folder / "postgres"
    cluster.mkdir(parents=True)
    (folder / "owners.lock").touch()
    (cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedServerFailed, match="was made by PostgreSQL 15"):
        attach(folder)


def test_a_folder_with_other_files_is_refused_and_left_as_it_was(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    (folder / "photo.jpg").touch()
    with pytest.raises(EmbeddedServerFailed, match="holds other files"):
        attach(folder)
    assert (mode(folder), list(folder.iterdir())) == (0o755, [folder / "photo.jpg"])


def test_a_place_that_cannot_be_a_folder_is_one_sentence(folder: Path) -> None:
    folder.touch()
    with pytest.raises(EmbeddedServerFailed, match=r"cannot be used: .*File exists"):
        attach(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lets another user pass")
def test_root_lets_the_database_user_pass_but_not_read(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    account = programs_for(folder).account
    assert mode(folder.parent) == 0o701
    assert str(folder.parent) in [getattr(record, "detail", None) for record in caplog.records]
    caplog.clear()
    let_through(folder, account)
    assert caplog.text == ""
