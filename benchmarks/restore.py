"""Outcomes through a dump and a restore into a server with lower transaction ids, read with a kept cursor.

Real servers, `pg_dump` and `psql`, `tertium serve` before and after. Lost is what the reader never hears:
of about 2,000 outcomes settled before (half of them read before the dump) and 200 after, half of those once
the younger server's ids have overtaken those of the dump.
"""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import numpy as np

from app.database.server.embedded import EmbeddedServer, attach
from app.database.server.processes.programs import programs_for
from benchmarks.payments import ordinary_payments
from benchmarks.service import BIN, served

BEFORE, AFTER = 2000, 200
IDS_AHEAD = 20_000
#: How long a reader asks again for what it has not heard.
PATIENCE_SECONDS = 15
BURN = "DO $$ BEGIN FOR i IN 1..{} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
NEXT_ID = "SELECT (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint"


def figures() -> dict[str, float]:
    """Return `restore_outcomes_lost` and `restore_outcomes_twice`."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folders = Path(place) / "old", Path(place) / "new"
        with attach(folders[0]) as old, attach(folders[1]) as new:
            return _figures(_Side(folders[0], old), _Side(folders[1], new))


@dataclass(frozen=True)
class _Side:
    """A server, and the folder it lives in."""

    folder: Path
    server: EmbeddedServer

    def where(self, database: str = "tertium") -> str:
        """Return the address as PostgreSQL's programs read it."""
        return self.server.url(database).replace("+asyncpg", "")

    def run(self, *words: str) -> None:
        """Run one of PostgreSQL's programs in the folder."""
        done = programs_for(self.folder).run(*words)
        if done.returncode:
            raise SystemExit(done.stderr)

    def asked(self, statement: str) -> int:
        """Return the number a statement gives."""

        async def asked() -> int:
            connection = await asyncpg.connect(self.where())
            try:
                return int(await connection.fetchval(statement) or 0)
            finally:
                await connection.close()

        return asyncio.run(asked())


def _figures(old: _Side, new: _Side) -> dict[str, float]:
    old.asked(BURN.format(IDS_AHEAD))
    made = subprocess.run(
        [BIN / "tertium", "key", "add", "bench", "--data-dir", old.folder],
        check=True,
        capture_output=True,
        text=True,
    )
    key = made.stdout.split()[-1]
    heard: list[str] = []
    payments = iter(ordinary_payments(BEFORE + AFTER, np.random.default_rng(0)))
    with served(old.folder) as port, _client(port, key) as client:
        posted = _settled(client, payments, BEFORE // 2)
        cursor = _read(client, "0-0", heard, len(posted))
        posted |= _settled(client, payments, BEFORE - BEFORE // 2)
    _restore(old, new)
    if new.asked(NEXT_ID) > old.asked(NEXT_ID) - IDS_AHEAD / 2:
        raise SystemExit("the other server's transaction ids are not lower")
    with served(new.folder) as port, _client(port, key) as client:
        posted |= _settled(client, payments, AFTER // 2)
        cursor = _read(client, cursor, heard, len(posted))
        new.asked(BURN.format(2 * IDS_AHEAD))
        posted |= _settled(client, payments, AFTER - AFTER // 2)
        _read(client, cursor, heard, len(posted))
    return {
        "restore_outcomes_lost": len(posted - set(heard)),
        "restore_outcomes_twice": len(heard) - len(set(heard)),
    }


def _client(port: int, key: str) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"X-API-Key": key}, timeout=60)


def _settled(client: httpx.Client, payments: Iterator[dict[str, Any]], count: int) -> set[str]:
    """Post so many payments; return the names of those that the machine settles by itself."""
    bodies = [{"transaction_id": uuid4().hex} | each for each in islice(payments, count)]
    results = client.post("/v1/transactions/batch", json=bodies).raise_for_status().json()["results"]
    if any(row["status"] != 200 for row in results):
        raise SystemExit("a payment was refused")
    return {row["answer"]["transaction_id"] for row in results if row["answer"]["label"] != "unknown"}


def _read(client: httpx.Client, cursor: str, heard: list[str], count: int) -> str:
    """Read on until so many are heard in all and nothing follows; return where the reader stands.

    What is committed is told once no older writer is under way, such as who indexes payments.
    """
    began = time.monotonic()
    while True:
        answer = client.get("/v1/outcomes", params={"after": cursor, "limit": 1000}).raise_for_status().json()
        if not answer["outcomes"]:
            if len(heard) >= count or time.monotonic() > began + PATIENCE_SECONDS:
                return cursor
            time.sleep(0.05)
        heard += [outcome["transaction_id"] for outcome in answer["outcomes"]]
        cursor = answer["next_cursor"]


def _restore(old: _Side, new: _Side) -> None:
    old.run("pg_dump", "--file", "dump.sql", old.where())
    dump = new.folder / "dump.sql"
    dump.write_bytes((old.folder / "dump.sql").read_bytes())
    dump.chmod(0o644)
    for statement in ("DROP DATABASE tertium WITH (FORCE)", "CREATE DATABASE tertium"):
        new.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, new.where("postgres"))
    new.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", "dump.sql", new.where())
