"""The run, and what is counted after it."""

import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import numpy as np

from app.database.server.embedded import attach
from benchmarks.history_exact.labels import Reporter
from benchmarks.history_exact.posting import CLIENTS, Answered, Body, Poster
from benchmarks.history_exact.replicas import Replica, two_replicas
from benchmarks.history_exact.stored_order import mismatches
from benchmarks.history_exact.world import SCHEMA, payments, trained
from benchmarks.intake import client_key

PAYMENTS = 100_000
#: Of the answers after which one replica is killed.
KILLED_AT = (1 / 3, 2 / 3)
#: So long frauds may take to reach their keys after the last one was told.
MATURING_SECONDS = 120.0
COUNTED_FRAUDS = """
SELECT t.transaction_id, sum(f.count)::int AS keys
FROM history_frauds f JOIN transactions t ON t.id = f.payment_id
GROUP BY t.transaction_id HAVING sum(f.count) <> 0
"""
STORED = "SELECT count(*) AS rows, count(DISTINCT transaction_id) AS payments FROM transactions"


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What the clients sent and heard."""

    answered: Answered
    #: Of each payment that stands as a fraud, by its id, how many keys have to count it.
    keys_of_frauds: dict[str, int]
    withdrawn: int
    seconds: float


def figures() -> dict[str, float]:
    """Return `history_offline_mismatch` and its parts, and what else the clients can have lost."""
    count = int(os.environ.get("HISTORY_PAYMENTS", PAYMENTS))
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder, models = Path(place) / "data", trained(Path(place))
        key = client_key(folder)
        with attach(folder) as server:
            address = server.url().replace("+asyncpg", "")
            return asyncio.run(_measured(folder, models, key, address, count))


async def _measured(folder: Path, models: Path, key: str, address: str, count: int) -> dict[str, float]:
    async with two_replicas(folder, models) as replicas, AsyncExitStack() as stack:
        lines = [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=each.url, headers={"X-API-Key": key}, timeout=60)
            )
            for each in replicas
        ]
        connection = await asyncpg.connect(address)
        stack.push_async_callback(connection.close)
        run = await _run(lines, replicas[1], count)
        missing = await _frauds_missing(connection, run.keys_of_frauds)
    return await _counted(connection_address=address, run=run, count=count, frauds_missing=missing)


async def _run(lines: Sequence[httpx.AsyncClient], victim: Replica, count: int) -> _Run:
    """Post all payments and what becomes known of them; the victim is killed twice meanwhile."""
    answered, ends = Answered(), asyncio.Event()
    bodies = payments(count, datetime.now(UTC), np.random.default_rng(0))
    posters = [
        Poster(payments=bodies, lines=lines, answered=answered, rng=np.random.default_rng(number))
        for number in range(1, CLIENTS + 1)
    ]
    reporter = Reporter(lines=lines, answered=answered, rng=np.random.default_rng(CLIENTS + 1))
    began = time.monotonic()
    async with asyncio.TaskGroup() as beside:
        beside.create_task(_kill_twice(victim, answered, count))
        beside.create_task(reporter.run(ends))
        await asyncio.gather(*(each.run() for each in posters))
        seconds = time.monotonic() - began
        ends.set()
    return _Run(
        answered=answered,
        keys_of_frauds={name: _keys(each) for name, each in reporter.frauds.items() if _keys(each)},
        withdrawn=reporter.withdrawn,
        seconds=seconds,
    )


def _keys(body: Body) -> int:
    """Return how many histories a payment enters."""
    return len(body["attributes"]) if body["currency"] in SCHEMA.payment.currencies else 0


async def _kill_twice(victim: Replica, answered: Answered, count: int) -> None:
    for share in KILLED_AT:
        await answered.reached(share * count)
        await victim.kill()
        await victim.start()


async def _frauds_missing(connection: asyncpg.Connection, keys_of_frauds: dict[str, int]) -> int:
    """Return of how many payments the keys count no fraud that stands, or one that does not, in the end."""
    deadline = time.monotonic() + MATURING_SECONDS
    while True:
        rows = await connection.fetch(COUNTED_FRAUDS)
        counted = {(row["transaction_id"], row["keys"]) for row in rows}
        missing = len(counted ^ set(keys_of_frauds.items()))
        if not missing or time.monotonic() > deadline:
            return missing
        await asyncio.sleep(1)


async def _counted(
    *, connection_address: str, run: _Run, count: int, frauds_missing: int
) -> dict[str, float]:
    connection = await asyncpg.connect(connection_address)
    try:
        (stored,) = await connection.fetch(STORED)
        found = await mismatches(connection, SCHEMA.kept)
    finally:
        await connection.close()
    return {
        "history_offline_mismatch": found.total,
        "history_offline_values": found.compared,
        "history_offline_wrong_values": found.values,
        "history_offline_wrong_updates": found.updates,
        "history_offline_wrong_states": found.states,
        "history_frauds_missing": frauds_missing,
        "history_frauds_told": len(run.keys_of_frauds) + run.withdrawn,
        "history_frauds_withdrawn": run.withdrawn,
        "history_payments_lost": count - stored["payments"],
        "history_payments_twice": stored["rows"] - stored["payments"],
        "history_payments_repeated": run.answered.repeats,
        "history_repeats_answered_otherwise": run.answered.otherwise,
        "history_requests_retried": run.answered.retries,
        "history_exact_per_second": count / run.seconds,
    }
