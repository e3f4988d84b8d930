"""A PostgreSQL that listens on a port and asks for passwords, as one that an operator gives."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg

from app.database.server.processes.programs import programs_for

OWNER, OWNER_PASSWORD = "owner", "kept apart"


@dataclass(frozen=True, kw_only=True)
class GuardedServer:
    """A running server; its superuser is `owner`."""

    port: int

    def url(self, database: str = "postgres", *, user: str = OWNER, password: str = OWNER_PASSWORD) -> str:
        """Return an address proper."""
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the superuser."""

        async def run() -> None:
            connection = await asyncpg.connect(self.url(database))
            for statement in statements:
                await connection.execute(statement)
            await connection.close()

        asyncio.run(run())


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def guarded_server(folder: Path, port: int | None = None) -> Iterator[GuardedServer]:
    """Run a new server in a folder of its own."""
    port = port or a_free_port()
    programs = programs_for(folder)
    password = folder / "password"
    password.write_text(OWNER_PASSWORD)
    password.chmod(0o644)
    made = programs.run(
        *("initdb", "-D", "files", "--no-sync", f"--username={OWNER}", "--pwfile=password"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
        held=(),
    )
    assert made.returncode == 0, made.stderr
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off"
    started = programs.run("pg_ctl", "start", "-w", "-D", "files", "-l", "log", "-o", options, held=())
    assert started.returncode == 0, (folder / "log").read_text()
    try:
        yield GuardedServer(port=port)
    finally:
        programs.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", "files", held=())
