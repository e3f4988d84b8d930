"""A database that takes no writes for 20 seconds, under load at every door, and no restart.

`ALTER DATABASE ... SET default_transaction_read_only`, all sessions ended, as after a failover to a standby;
then back, nothing ended: what the pool holds by then are read-only sessions. Counted is every answer, or row
of a batch, of 5xx other than 503; recovered is the last refusal after the way back.
"""

import asyncio
import contextlib
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from app.database.server.embedded import attach
from benchmarks.service import BIN, served

READ_ONLY_SECONDS = 20
BEFORE_SECONDS, AFTER_SECONDS = 5, 20
CALLERS = 3
# Between two rounds of a caller: what is measured is the way back, not how much a machine can bear.
PAUSE_SECONDS = 0.2


@dataclass
class Seen:
    """What the callers were answered."""

    unexpected: int = 0
    refused_at: list[float] = field(default_factory=list)
    answered: int = 0
    without_retry_after: int = 0

    def take(self, answer: httpx.Response) -> None:
        """Count an answer, and each row of a batch."""
        rows = answer.json().get("results", []) if answer.headers["Content-Type"].endswith("json") else []
        statuses = [answer.status_code, *(row["status"] for row in rows if "status" in row)]
        self.answered += 1
        self.unexpected += sum(
            status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.SERVICE_UNAVAILABLE
            for status in statuses
        )
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            self.refused_at.append(time.monotonic())
            self.without_retry_after += "Retry-After" not in answer.headers


def figures() -> dict[str, float]:
    """Return `failover_500`, `failover_recovered_s` and their parts."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "data"
        made = subprocess.run(
            [BIN / "tertium", "key", "add", "bench", "--data-dir", folder],
            check=True,
            capture_output=True,
            text=True,
        )
        with attach(folder) as server, served(folder) as port:
            address = server.url().replace("+asyncpg", "")
            return asyncio.run(_measured(port, made.stdout.split()[-1], address))


async def _measured(port: int, key: str, address: str) -> dict[str, float]:
    seen, ends = Seen(), asyncio.Event()
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, headers={"X-API-Key": key}, timeout=60) as client:
        names = (await client.get("/v1/model")).json()["features"]
        callers = [asyncio.create_task(_call(client, names, seen, ends)) for _ in range(CALLERS)]
        await asyncio.sleep(BEFORE_SECONDS)
        if seen.refused_at:
            raise SystemExit("payments were refused before the failover")
        await _set_read_only(address, is_on=True)
        await asyncio.sleep(READ_ONLY_SECONDS)
        was_ready = (await client.get("/readyz")).json()["database"]
        refused = len(seen.refused_at)
        await _set_read_only(address, is_on=False)
        back_at = time.monotonic()
        await asyncio.sleep(AFTER_SECONDS)
        is_ready = (await client.get("/readyz")).json()["database"]
        ends.set()
        await asyncio.gather(*callers)
    last = max((at for at in seen.refused_at if at > back_at), default=back_at)
    if refused == 0 or not is_ready:
        raise SystemExit("the service noticed nothing, or is not ready again")
    return {
        "failover_500": seen.unexpected,
        "failover_recovered_s": last - back_at,
        "failover_ready_while_read_only": float(was_ready),
        "failover_refused": len(seen.refused_at),
        "failover_without_retry_after": seen.without_retry_after,
        "failover_answered": seen.answered,
    }


async def _call(client: httpx.AsyncClient, names: list[str], seen: Seen, ends: asyncio.Event) -> None:
    """Knock at one door after the other until the end."""
    while not ends.is_set():
        known = _body(names)
        label = {
            "transaction_id": known["transaction_id"],
            "label": "legit",
            "source": "audit",
            "occurred_at": "2026-05-01T12:00:00Z",
            "learned_at": "2026-06-01T12:00:00Z",
        }
        calls: list[tuple[str, dict[str, Any]]] = [
            ("/v1/transactions", {"json": known}),
            ("/v1/transactions/batch", {"json": [_body(names) for _ in range(20)]}),
            ("/v1/labels", {"json": {"labels": [label]}}),
            ("/login", {"data": {"name": uuid4().hex, "password": "wrong"}}),
        ]
        for path, content in calls:
            seen.take(await client.post(path, **content))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAUSE_SECONDS):
                await ends.wait()


def _body(names: list[str]) -> dict[str, Any]:
    return {
        "transaction_id": uuid4().hex,
        "occurred_at": "2026-05-01T12:00:00Z",
        "amount": "41.90",
        "currency": "EUR",
        "features": dict.fromkeys(names, 0.0),
    }


async def _set_read_only(address: str, *, is_on: bool) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute("SET default_transaction_read_only = off")
        state = "on" if is_on else "off"
        await connection.execute(f"ALTER DATABASE tertium SET default_transaction_read_only = {state}")
        if is_on:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    finally:
        await connection.close()
