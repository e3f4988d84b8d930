"""A PostgreSQL of a test's own, to be frozen, restored, wound forward, or lost; and what stands before it."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from app.database.server.embedded import EmbeddedServer, attach
from app.database.server.migrations import migrate
from app.database.server.processes.cluster import DATABASE, PORT, SUPERUSER
from app.database.server.processes.guardian import postmaster
from app.database.server.processes.programs import programs_for


@dataclass
class OwnServer:
    """A running server in a folder."""

    folder: Path
    server: EmbeddedServer

    @property
    def url(self) -> str:
        """The address of its database."""
        return self.server.url()

    def program(self, name: str, *words: str) -> str:
        """Run one of PostgreSQL's programs in the folder, and return what it said."""
        done = programs_for(self.folder).run(name, *words)
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    def where(self, database: str = DATABASE) -> str:
        """Return the address as PostgreSQL's programs read it."""
        return self.server.url(database).replace("+asyncpg", "")

    async def connected(self, database: str = DATABASE) -> "asyncpg.Connection[asyncpg.Record]":
        """Return a bare connection."""
        return await asyncpg.connect(self.where(database))

    async def asked(self, statement: str) -> object:
        """Return the one value a statement gives."""
        connection = await self.connected()
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Work on the files of the server while it does not run."""
        self.server.release()
        try:
            yield
        finally:
            self.server = attach(self.folder, durable=False)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all of its processes where they are, without a word to anybody."""
        processes = self._processes()
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def _processes(self) -> list[int]:
        first = postmaster(self.folder)
        assert first is not None
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """Run a server with a migrated database until the block ends."""
    with tempfile.TemporaryDirectory(prefix="tertium-own-") as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "data"
        own = OwnServer(folder, attach(folder, durable=False))
        try:
            asyncio.run(migrate(own.url))
            yield own
        finally:
            own.server.release()


@dataclass
class Wire:
    """A line to the server, which can be cut without either end hearing of it."""

    port: int = 0
    is_cut: bool = False
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _cuts: int = 0

    @property
    def url(self) -> str:
        """The address of the database at this end of the line."""
        return f"postgresql+asyncpg://{SUPERUSER}@127.0.0.1:{self.port}/{DATABASE}"

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes one way; after a cut they are swallowed, for ever, and nothing is closed."""
        self._writers.append(writer)
        born_after = self._cuts
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if not self.is_cut and self._cuts == born_after:
                    writer.write(data)
        if self._cuts == born_after:
            writer.close()

    def cut(self) -> None:
        """Cut the line: whoever speaks over it hears nothing any more."""
        self.is_cut, self._cuts = True, self._cuts + 1

    def heal(self) -> None:
        """Carry what new callers say; who was cut off stays so."""
        self.is_cut = False

    def hang_up(self) -> None:
        """Let both ends go."""
        for writer in self._writers:
            writer.transport.abort()


@asynccontextmanager
async def wire_to(own: OwnServer) -> AsyncIterator[Wire]:
    """Listen for the server, and pass on what is said."""
    wire = Wire()
    socket = next(own.folder.glob(".s.PGSQL.*"))
    assert socket.name == f".s.PGSQL.{PORT}"
    carrying: set[asyncio.Task[None]] = set()

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(socket)
        for way in (wire.carry(reader, there_writer), wire.carry(there_reader, writer)):
            carrying.add(asyncio.create_task(way))

    listening = await asyncio.start_server(met, "127.0.0.1", 0)
    wire.port = listening.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        wire.hang_up()
        listening.close()
        await asyncio.gather(*carrying, return_exceptions=True)
