"""A database as operators name it: what is meant works, the rest is one sentence and exit code 2."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import tertium
from tests.database.server.guarded_server import OWNER_PASSWORD, GuardedServer, a_free_port, guarded_server
from tests.patience import PATIENCE_SECONDS

PASSWORDS = ("p@ss/w#rd%41", "%41", "a/b", "a#b", "a?b=c", "a:b@c", "ü b", "100%", "a+b", "plain")
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.defpath}:/usr/sbin")


@pytest.fixture(scope="module")
def server() -> Iterator[GuardedServer]:
    """One for the module, in a short folder that the database's user may enter."""
    with (
        tempfile.TemporaryDirectory(prefix="tertium-guarded-") as folder,
        guarded_server(Path(folder) / "server") as server,
    ):
        yield server


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("TERTIUM_") and not name.startswith("TERTIUM_TESTS"):
            monkeypatch.delenv(name)


def tertium_with(monkeypatch: pytest.MonkeyPatch, *words: str, **settings: str) -> Result:
    for name, value in settings.items():
        monkeypatch.setenv(f"TERTIUM_{name}", value)
    return CliRunner().invoke(tertium, list(words))


def refused(result: Result) -> str:
    """Return the one sentence that a command ended with."""
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr


@pytest.mark.parametrize("password", PASSWORDS)
def test_any_password_works_as_it_stands_in_the_address(
    server: GuardedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, password: str
) -> None:
    """Raw, percent-encoded, in a variable of its own, and in a file."""
    role, quoted = "shop", password.replace("'", "''")
    server.run(
        "DROP DATABASE IF EXISTS shop", "DROP ROLE IF EXISTS shop",
        f"CREATE ROLE {role} LOGIN PASSWORD '{quoted}'", f"CREATE DATABASE shop OWNER {role}",
    )  # fmt: skip
    place = f"127.0.0.1:{server.port}/shop"
    for scheme in ("postgres", "postgresql+asyncpg"):
        done = tertium_with(monkeypatch, "migrate", DATABASE_URL=f"{scheme}://{role}:{password}@{place}")
        assert (done.exit_code, done.stderr) == (0, "")
    encoded = server.url("shop", user=role, password=password)
    assert tertium_with(monkeypatch, "user", "add", "ada", DATABASE_URL=encoded).exit_code == 0
    (tmp_path / "secret").write_text(f"{password}\n")
    bare = f"postgresql://{role}@{place}?sslmode=prefer&connect_timeout=5"
    by_file = tertium_with(
        monkeypatch, "user", "link", "ada", DATABASE_URL=bare, DATABASE_PASSWORD_FILE=str(tmp_path / "secret")
    )
    assert by_file.exit_code == 0, by_file.output
    monkeypatch.delenv("TERTIUM_DATABASE_PASSWORD_FILE")
    beside = tertium_with(monkeypatch, "user", "link", "ada", DATABASE_URL=bare, DATABASE_PASSWORD=password)
    assert beside.exit_code == 0, beside.output


@pytest.mark.parametrize(
    "command", [("migrate",), ("serve", "--port", "0"), ("demo",), ("key", "add", "x")], ids=" ".join
)
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://owner:wrong@127.0.0.1:{port}/postgres", "refuses the password of the user owner"),
        ("postgresql://nobody:x@127.0.0.1:{port}/postgres", "refuses the password of the user nobody"),
        ("postgresql://owner:{password}@127.0.0.1:{port}/missing", 'database "missing" does not exist'),
        ("postgresql://owner:{password}@127.0.0.1:{port}/latin", "encoded in LATIN1"),
        ("postgresql://owner:{password}@127.0.0.1:{port}/ascii", "encoded in SQL_ASCII"),
        ("postgresql://guest:guest@127.0.0.1:{port}/closed", "permission denied for database"),
        ("postgresql://owner:{password}@127.0.0.1:{port}/postgres?sslmode=require", "rejected SSL upgrade"),
        ("postgresql://owner:{password}@127.0.0.1:{port}/postgres?sslmod=require", '"sslmod"'),
        ("postgresql://owner:{password}@127.0.0.1:{port}/postgres?sslmode=yes", "sslmode=yes is none of"),
        ("postgresql://owner@127.0.0.1:1/postgres", "does not answer"),
        ("postgresql://owner@127.0.0.1:99999/postgres", "is no port"),
        ("postgresql://owner@no-such-host.invalid/postgres", "does not answer"),
        ("postgresql://owner@/postgres?host=/nowhere", "does not answer"),
        ("mysql://owner@127.0.0.1/postgres", "begins with mysql://"),
        ("sqlite:///tertium.db", "begins with sqlite://"),
        ("127.0.0.1/postgres", "it is not like postgresql://"),
    ],
)  # fmt: skip
def test_a_database_that_cannot_be_ours_is_one_sentence(
    server: GuardedServer, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], address: str, words: str
) -> None:
    make_the_unfit(server)
    password = quote(OWNER_PASSWORD)
    written = address.format(port=server.port, password=password)
    sentence = refused(tertium_with(monkeypatch, *command, DATABASE_URL=written))
    assert words in sentence
    assert OWNER_PASSWORD not in sentence


def make_the_unfit(server: GuardedServer) -> None:
    """Make, once, the databases that nobody should be given."""
    if not hasattr(make_the_unfit, "done"):
        server.run(
            "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
            "CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0",
            "CREATE DATABASE closed",
            "CREATE ROLE guest LOGIN PASSWORD 'guest'",
            "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
        )
        make_the_unfit.done = True  # type: ignore[attr-defined]


def test_a_role_without_rights_is_told_which_it_lacks(
    server: GuardedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.run("CREATE DATABASE bare", "CREATE ROLE reader LOGIN PASSWORD 'reader'")
    as_reader = server.url("bare", user="reader", password="reader")
    assert "GRANT CREATE ON SCHEMA public TO reader" in refused(
        tertium_with(monkeypatch, "migrate", DATABASE_URL=as_reader)
    )
    assert "run `tertium migrate` first" in refused(
        tertium_with(monkeypatch, "serve", "--port", "0", DATABASE_URL=as_reader)
    )
    assert tertium_with(monkeypatch, "migrate", DATABASE_URL=server.url("bare")).exit_code == 0
    for granted in ("SELECT ON alembic_version", "SELECT ON ALL TABLES IN SCHEMA public"):
        assert "GRANT SELECT, INSERT" in refused(
            tertium_with(monkeypatch, "serve", "--port", "0", DATABASE_URL=as_reader)
        )
        server.run(f"GRANT {granted} TO reader", database="bare")
    assert "GRANT SELECT, INSERT" in refused(tertium_with(monkeypatch, "key", "add", "x"))


def test_a_database_of_a_newer_tertium_is_left_alone(
    server: GuardedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.run("CREATE DATABASE newer")
    assert tertium_with(monkeypatch, "migrate", DATABASE_URL=server.url("newer")).exit_code == 0
    server.run("UPDATE alembic_version SET version_num = '9999'", database="newer")
    assert "does not know: a newer one" in refused(tertium_with(monkeypatch, "migrate"))


def test_migrate_waits_for_a_server_that_comes_up_later(monkeypatch: pytest.MonkeyPatch) -> None:
    come = threading.Event()
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]

    def come_later() -> None:
        """Come once it was asked for in vain."""
        with silent:
            silent.accept()[0].close()
        with (
            tempfile.TemporaryDirectory(prefix="tertium-later-") as folder,
            guarded_server(Path(folder) / "server", port),
        ):
            come.wait(PATIENCE_SECONDS)

    later = threading.Thread(target=come_later)
    later.start()
    try:
        address = GuardedServer(port=port).url()
        done = tertium_with(monkeypatch, "migrate", "--wait", "50", DATABASE_URL=address)
    finally:
        come.set()
        later.join()
    assert done.exit_code == 0, done.output
    assert "Asking again for up to 50 seconds" in done.stderr
    assert "does not answer" in refused(tertium_with(monkeypatch, "migrate"))


@pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")
@pytest.mark.parametrize("ignored", ["", "jit,statement_timeout,enable_nestloop,timezone", "tertium.direct"])
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_a_pooler_in_between_is_refused_by_name(
    server: GuardedServer, monkeypatch: pytest.MonkeyPatch, ignored: str, mode: str
) -> None:
    with pgbouncer(server, mode, ignored) as port:
        address = f"postgresql://owner:{OWNER_PASSWORD}@127.0.0.1:{port}/postgres"
        for command in (("migrate",), ("serve", "--port", "0")):
            sentence = refused(tertium_with(monkeypatch, *command, DATABASE_URL=address))
            assert "a connection pooler (such as pgbouncer) answers there" in sentence
            assert "give it the address of PostgreSQL" in sentence


class pgbouncer:  # noqa: N801  (used as a block)
    """A real pgbouncer before a server."""

    def __init__(self, server: GuardedServer, mode: str, ignored: str) -> None:
        self._port, self._folder = a_free_port(), tempfile.mkdtemp(prefix="tertium-pooler-")
        users = Path(self._folder, "users")
        users.write_text(f'"owner" "{OWNER_PASSWORD}"\n')
        config = Path(self._folder, "pgbouncer.ini")
        config.write_text(
            f"[databases]\n* = host=127.0.0.1 port={server.port}\n[pgbouncer]\nlisten_addr=127.0.0.1\n"
            f"listen_port={self._port}\nunix_socket_dir=\nauth_type=plain\nauth_file={users}\npool_mode={mode}\n"
            f"ignore_startup_parameters={ignored}\n"
        )
        Path(self._folder).chmod(0o755)  # pgbouncer runs as a user of its own
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self._process = subprocess.Popen(
            [PGBOUNCER or "", *user, config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def __enter__(self) -> int:
        asyncio.run(self._until_it_listens())
        return self._port

    async def _until_it_listens(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self._port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    return

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)
        shutil.rmtree(self._folder)
