"""An hour of the demo's traffic, and each way in which a payment can go wrong, searched in the log.

`LOG_PAYMENTS` shortens it; what is posted goes to a real service as fast as it is answered.
"""

import asyncio
import os
import signal
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from app.cli.demo.stream import Shop
from app.cli.demo.supplies import GENERATOR, CardSupply
from app.database.server.embedded import attach
from benchmarks.intake import client_key
from benchmarks.log_search import leaks
from benchmarks.log_traffic import BATCH, Traffic, break_rules
from benchmarks.service import BIN, _wait_until_open, free_port

HOUR_PAYMENTS = 5 * 3600
AT_ONCE = 100


def figures() -> dict[str, float]:
    """Return `log_leaks`: lines of the log in which a posted value stands; and how much was looked at."""
    payments = int(os.environ.get("LOG_PAYMENTS", HOUR_PAYMENTS))
    with tempfile.TemporaryDirectory() as folder:
        data, log = Path(folder) / "data", Path(folder) / "log"
        key = client_key(data)
        port = free_port()
        command: list[str | Path] = [BIN / "tertium", "serve", "--port", str(port), "--data-dir", data]
        loud = {"TERTIUM_LOG_FORMAT": "json", "TERTIUM_LOG_LEVEL": "debug"}
        with log.open("w") as lines:
            running = subprocess.Popen(command, env=os.environ | loud, stderr=lines, stdout=lines)
        try:
            _wait_until_open(port)
            traffic = asyncio.run(_hour(f"http://127.0.0.1:{port}", key, data, payments))
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(60)
        told = log.read_text().splitlines()
        told += (data / "postgres.log").read_text(errors="replace").splitlines()
    found = leaks(told, traffic.posted)
    for line in found[:3]:
        print(line[:300])
    return {
        "log_leaks": len(found),
        "log_lines": len(told),
        "log_posted_values": len(traffic.posted),
        "log_payments": payments,
        "log_500": traffic.statuses.get(500, 0),
    }


async def _hour(url: str, key: str, data: Path, payments: int) -> Traffic:
    shop = Shop(CardSupply(GENERATOR, seed=time.time_ns()), seed=time.time_ns(), run_id="hour")
    with attach(data) as server:
        await break_rules(server.url())
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            traffic = Traffic(client=client, headers={"X-API-Key": key})
            for number in range(payments // AT_ONCE):
                bodies = shop.bodies([datetime.now(UTC)] * AT_ONCE)
                if number % 10 == 0:
                    await traffic.sent("POST", BATCH, bodies, json=bodies)
                else:
                    await asyncio.gather(*(traffic.payment(body) for body in bodies))
                if number % 3 == 0:
                    await traffic.all_kinds(shop.bodies([datetime.now(UTC)])[0])
    return traffic
