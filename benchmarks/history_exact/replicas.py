"""Two replicas on one database, each a process of its own that can be killed and started again."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.service import BIN, free_port

PATIENCE_SECONDS = 180.0
STOP_SECONDS = 60


@dataclass
class Replica:
    """One `tertium serve` on a data folder that others share."""

    folder: Path
    models: Path
    port: int = field(default_factory=free_port)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it answers, the same after a kill."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Return once it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            *(BIN / "tertium", "serve", "--port", str(self.port), "--data-dir", self.folder),
            # Made-up payments are unlike any feed: they may all come to people.
            env=os.environ
            | {
                "TERTIUM_MODELS_DIR": str(self.models),
                "TERTIUM_UNAVAILABLE_BACKLOG": "100000000",
                "TERTIUM_LOG_LEVEL": "warning",
            },
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(PATIENCE_SECONDS), httpx.AsyncClient(base_url=self.url) as client:
            while True:
                if await _is_ready(client):
                    return
                await asyncio.sleep(0.1)

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """End it in peace."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)


@asynccontextmanager
async def two_replicas(folder: Path, models: Path) -> AsyncIterator[tuple[Replica, Replica]]:
    """Serve twice until the block ends."""
    replicas = Replica(folder, models), Replica(folder, models)
    try:
        for each in replicas:
            await each.start()
        yield replicas
    finally:
        for each in replicas:
            await each.stop()


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).is_success
    except httpx.TransportError:
        return False
