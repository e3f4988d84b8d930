"""Intake against three references: a bare endpoint, a bare echo, and one that does nothing but write.

`intake_ratio` is by a FastAPI endpoint with the same request and response models that stores nothing,
`asgi_ratio` by a plain ASGI application that sends the same bytes back, `write_only_ratio` by one that
writes a bare row for each payment, durably and many in one commit. `batch_to_bare` is rows of batches by
single requests of the bare endpoint.

One client for all sides: wrk, closed loop, 32 connections, unique ids; one worker each; alternated
rounds, medians. PostgreSQL runs durable (fsync and synchronous_commit on), on the same machine.
"""

import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import orjson

from app.database.server.embedded import attach
from benchmarks.payments import ordinary_payments
from benchmarks.service import BIN, free_port, process, served

CONNECTIONS = 32
ROUNDS = 3
SECONDS = int(os.environ.get("BENCH_SECONDS", "15"))
REFERENCES = ("bare", "echo", "write_only")
WARM_UP_SECONDS = 4
BATCH_ROWS = 1000
#: As many that those who watch over feeds take them for a feed, and not for a sample said again and again.
BODIES = 30_000
BATCHES = 60
SCRIPT = Path(__file__).with_name("post.lua")


@dataclass(frozen=True)
class Round:
    """One side's figures of one round."""

    per_second: float
    p99_ms: float
    client_cpu_share: float


def figures() -> dict[str, float]:
    """Return the ratios of this module, `intake_p99_ratio`, `batch_ratio`, and their parts."""
    if shutil.which("wrk") is None:
        raise SystemExit("The intake benchmark needs wrk (apt-get install wrk).")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "data"
        key = client_key(folder)
        bodies = _bodies()
        lines = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "bodies"
        write_lines(lines, bodies)
        ports = {
            "tertium": stack.enter_context(served(folder)),
            **{name: stack.enter_context(_reference(name, folder)) for name in REFERENCES},
        }
        for port in ports.values():
            wrk_round(port, key, lines, WARM_UP_SECONDS)
        rounds: dict[str, list[Round]] = {name: [] for name in ports}
        for _ in range(ROUNDS):
            for name, port in ports.items():
                rounds[name].append(wrk_round(port, key, lines, SECONDS))
        batch_per_second = median(_batches(ports["tertium"], key, bodies) for _ in range(ROUNDS))
    return _summary(rounds, batch_per_second)


def _summary(rounds: dict[str, list[Round]], batch_per_second: float) -> dict[str, float]:
    speed = {name: median(each.per_second for each in of) for name, of in rounds.items()}
    p99 = {name: median(each.p99_ms for each in of) for name, of in rounds.items()}
    return {
        "intake_ratio": speed["tertium"] / speed["bare"],
        "intake_p99_ratio": p99["tertium"] / p99["bare"],
        "asgi_ratio": speed["tertium"] / speed["echo"],
        "write_only_ratio": speed["tertium"] / speed["write_only"],
        "batch_ratio": batch_per_second / speed["tertium"],
        "batch_to_bare": batch_per_second / speed["bare"],
        "intake_per_second": speed["tertium"],
        "intake_p99_ms": p99["tertium"],
        "bare_per_second": speed["bare"],
        "asgi_per_second": speed["echo"],
        "write_only_per_second": speed["write_only"],
        "batch_per_second": batch_per_second,
        "client_cpu_share": median(each.client_cpu_share for each in rounds["bare"]),
    }


def client_key(folder: Path) -> str:
    """Return the key of a new client of the service over this folder."""
    made = subprocess.run(
        [BIN / "tertium", "key", "add", "bench", "--data-dir", folder],
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.split()[-1]


def _bodies() -> list[bytes]:
    """Return bodies of ordinary payments, all different, the id left open."""
    return open_bodies(ordinary_payments(BODIES, np.random.default_rng(0)))


def open_bodies(payments: Sequence[Mapping[str, Any]]) -> list[bytes]:
    """Return bodies of payments with a card, a merchant and a country; `UNIQUE` where the id goes."""
    attributes = {"card": "8841", "merchant": "M-20417", "country": "BE"}
    return [orjson.dumps({"transaction_id": "UNIQUE", **each, "attributes": attributes}) for each in payments]


def write_lines(path: Path, bodies: Sequence[bytes]) -> None:
    """Write bodies for wrk, one a line, with a tab where it puts an id."""
    path.write_bytes(b"\n".join(body.replace(b"UNIQUE", b"\t") for body in bodies) + b"\n")


@contextmanager
def _reference(name: str, folder: Path) -> Iterator[int]:
    port = free_port()
    with attach(folder) as server:
        environment = {"BENCH_DATABASE_URL": server.url()}
        command: list[str | Path] = [
            *(str(BIN / "python"), "-m", "uvicorn", f"benchmarks.references:{name}", "--port", str(port)),
            *("--no-access-log", "--log-level", "warning"),
        ]
        with process(command, environment, port):
            yield port


def wrk_round(port: int, key: str, bodies: Path, seconds: int, connections: int = CONNECTIONS) -> Round:
    """Post by wrk for so long, bodies from a file with a tab for the id, and return what it measured."""
    environment = os.environ | {"BENCH_RUN": uuid4().hex, "BENCH_BODIES": str(bodies)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run(
        [
            *("wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", SCRIPT, "--latency"),
            *("-H", f"X-API-Key: {key}", "-H", "Content-Type: application/json"),
            f"http://127.0.0.1:{port}",
        ],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    elapsed = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = next(line for line in done.stdout.splitlines() if line.startswith("BENCH"))
    requests, microseconds, p99_microseconds, errors = map(int, line.split()[1:])
    if errors:
        raise SystemExit(f"{errors} of {requests} requests failed:\n{done.stdout}")
    client = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return Round(
        per_second=requests / (microseconds / 1e6),
        p99_ms=p99_microseconds / 1e3,
        client_cpu_share=client / (elapsed * (os.cpu_count() or 1)),
    )


def _batches(port: int, key: str, drawn: list[bytes]) -> float:
    """Return durable transactions per second of the batch endpoint; bodies are made before the clock runs."""
    # Each batch holds others than the one before: a feed that repeats itself would be noticed.
    starts = [number * BATCH_ROWS % len(drawn) for number in range(BATCHES)]
    bodies = [
        b"["
        + b",".join(
            each.replace(b"UNIQUE", uuid4().hex.encode()) for each in drawn[start : start + BATCH_ROWS]
        )
        + b"]"
        for start in starts
    ]
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        began = time.perf_counter()
        for each in bodies:
            results = orjson.loads(client.post("/v1/transactions/batch", content=each).content)["results"]
            if any(result["status"] != 200 for result in results):
                raise SystemExit("a batch row was refused")
        return BATCH_ROWS * BATCHES / (time.perf_counter() - began)
