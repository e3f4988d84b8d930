"""What a payment costs when many came before: intake on an empty database and on a preloaded one, in one run.

Ids are random, as callers make them. Each payment links by card, merchant, device and address, with the
skew of real traffic, and its attributes take about 300 bytes. The history goes in by the batch endpoint, so
that the benchmark knows nothing of how payments are stored.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import numpy as np
import orjson
import uvloop

from app.database.server.embedded import attach
from benchmarks.intake import ROUNDS, SECONDS, WARM_UP_SECONDS, _reference, client_key, wrk_round
from benchmarks.payments import ordinary_payments
from benchmarks.service import served

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
BATCH_ROWS = 5_000
#: Different bodies that wrk posts, each with an id of its own in front.
BODIES = 40_000
#: How the values of a link are spread: so many of them for each payment, and the exponent of Zipf's law.
LINKS = {"card": (0.2, 1.1), "merchant": (0.002, 1.2), "device": (0.15, 1.1), "ip": (0.25, 1.1)}
ATTRIBUTE_BYTES = 300
#: A checkout of a former release, to measure in the same run.
OLD = os.environ.get("BENCH_OLD")
#: About 30,000 single payments.
SINGLE_SECONDS = 15
#: What holds a payment, its key and its place among outcomes, now and formerly; what holds links and words.
PAYMENT_RELATIONS = (
    *(
        "payments",
        "pk_payment",
        "ix_payments",
        "transactions",
        "pk_transactions",
        "uq_transactions",
        "scores",
    ),
    *("pk_scores", "decisions", "pk_decisions", "uq_decisions", "ix_decisions", "outcomes", "pk_outcomes"),
    *("ix_outcomes", "payment_keys"),
)
LINK_RELATIONS = (
    *("payment_links", "payment_words", "ix_transactions_card", "ix_transactions_device"),
    *("ix_transactions_merchant", "ix_transactions_ip", "ix_transactions_words", "ix_transactions_same"),
)
TICKS = os.sysconf("SC_CLK_TCK")
DISK = """
SELECT c.relname, pg_relation_size(c.oid) + coalesce(pg_relation_size(c.reltoastrelid), 0) AS bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'i', 'm')
"""
INDEXED = "SELECT indexed_to >= (SELECT max(id) FROM payments) AS is_done FROM link_progress"
SERVER = """
SELECT (pg_current_wal_lsn() - '0/0')::float8 AS wal,
    sum(fsyncs) FILTER (WHERE object = 'wal')::float8 AS fsyncs,
    (SELECT sum(xact_commit)::float8 FROM pg_stat_database) AS commits
FROM pg_stat_io
"""


@dataclass(frozen=True, kw_only=True)
class Meter:
    """What has been spent so far: WAL (bytes), fsyncs, commits, CPU of PostgreSQL and service (seconds)."""

    wal: float
    fsyncs: float
    commits: float
    postgres_cpu: float
    service_cpu: float


def figures() -> dict[str, float]:
    """Return speeds against a bare endpoint, empty and preloaded, and what each payment costs then.

    With `BENCH_OLD`, a checkout of a former release, the same of that one, and new over old.
    """
    if shutil.which("wrk") is None:
        raise SystemExit("The growth benchmark needs wrk (apt-get install wrk).")
    new = _measured()
    if OLD is None:
        return new
    with _code_of(OLD):
        old = _measured()
    ratios = {
        "wal_ratio_1m": new["wal_bytes_per_payment_1m"] / old["wal_bytes_per_payment_1m"],
        "pg_us_ratio_1m": new["pg_us_per_payment_1m"] / old["pg_us_per_payment_1m"],
        "disk_ratio": new["disk_bytes_per_payment"] / old["disk_bytes_per_payment"],
    }
    return new | ratios | {f"old_{name}": value for name, value in old.items()}


@contextmanager
def _code_of(checkout: str) -> Iterator[None]:
    """Let the services that are started meanwhile be those of another checkout."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = checkout
    try:
        yield
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before


def _measured() -> dict[str, float]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "data"
        key = client_key(folder)
        lines = folder.parent / "bodies"
        random = np.random.default_rng(0)
        lines.write_bytes(b"\n".join(_with_gap(each) for each in _payments(BODIES, random)) + b"\n")
        tertium = stack.enter_context(served(folder))
        bare = stack.enter_context(_reference("bare", folder))
        for port in (tertium, bare):
            wrk_round(port, key, lines, WARM_UP_SECONDS)
        empty = _ratio(tertium, bare, key, lines)
        began = time.monotonic()
        _preload(tertium, key, random)
        preloaded_s = time.monotonic() - began
        _indexed(folder)
        stored = _count(folder)
        disk = _asked(folder, DISK)
        costs = _costs(folder, lambda: wrk_round(tertium, key, lines, SINGLE_SECONDS))
        full = _ratio(tertium, bare, key, lines)
    return {
        "intake_ratio_empty": empty,
        "intake_ratio_1m": full,
        "intake_growth": full / empty,
        "preload_per_second": ROWS / preloaded_s,
        **costs,
        **_disk(disk, stored),
    }


def _costs(folder: Path, post: Callable[[], object]) -> dict[str, float]:
    """Return what single payments cost behind a checkpoint: every page's first change is written whole.

    What is written behind their commits counts, and nothing that other payments left to be written.
    """
    _asked(folder, "CHECKPOINT")
    before, posted = _meter(folder), _count(folder)
    post()
    _indexed(folder)
    after, payments = _meter(folder), _count(folder) - posted
    return {
        "single_posts": payments,
        "wal_bytes_per_payment_1m": (after.wal - before.wal) / payments,
        "pg_us_per_payment_1m": (after.postgres_cpu - before.postgres_cpu) * 1e6 / payments,
        "app_us_per_payment_1m": (after.service_cpu - before.service_cpu) * 1e6 / payments,
        "payments_per_commit_1m": payments / (after.commits - before.commits),
        "payments_per_fsync_1m": payments / max(1.0, after.fsyncs - before.fsyncs),
    }


def _indexed(folder: Path) -> None:
    """Wait until links and words of all payments are written; a former release writes them at once."""
    (found,) = _asked(folder, "SELECT to_regclass('link_progress') IS NOT NULL AS has_progress")
    while found["has_progress"]:
        (progress,) = _asked(folder, INDEXED)
        if progress["is_done"]:
            return
        time.sleep(0.5)


def _ratio(tertium: int, bare: int, key: str, lines: Path) -> float:
    """Return the speed of intake over that of the bare endpoint, medians of alternated rounds."""
    speeds: dict[int, list[float]] = {tertium: [], bare: []}
    for _ in range(ROUNDS):
        for port, of in speeds.items():
            of.append(wrk_round(port, key, lines, SECONDS).per_second)
    return median(speeds[tertium]) / median(speeds[bare])


def _payments(count: int, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Make bodies of payments without an id, with links and attributes as real ones have."""
    ordinary = ordinary_payments(count, random)
    links = {
        name: random.zipf(exponent, size=count) % max(1, int(share * ROWS))
        for name, (share, exponent) in LINKS.items()
    }
    for row, each in enumerate(ordinary):
        attributes = {name: f"{name[0].upper()}-{values[row]:012d}" for name, values in links.items()}
        attributes |= {"country": "BE", "channel": "ecommerce", "terminal_kind": "card not present"}
        room = ATTRIBUTE_BYTES - len(orjson.dumps(attributes))
        attributes["descriptor"] = random.bytes(max(8, room // 2)).hex()[: max(8, room - 16)]
        yield each | {"attributes": attributes}


def _with_gap(payment: dict[str, Any]) -> bytes:
    """Return a body with a tab where wrk puts an id."""
    return orjson.dumps({"transaction_id": "UNIQUE"} | payment).replace(b"UNIQUE", b"\t")


def _preload(port: int, key: str, random: np.random.Generator) -> None:
    """Post the history in batches, each row with an id by chance."""
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120) as client:
        for begin in range(0, ROWS, BATCH_ROWS):
            count = min(BATCH_ROWS, ROWS - begin)
            body = [{"transaction_id": uuid4().hex} | each for each in _payments(count, random)]
            answer = client.post("/v1/transactions/batch", content=orjson.dumps(body))
            if any(result["status"] != 200 for result in answer.raise_for_status().json()["results"]):
                raise SystemExit("a row of the history was refused")


def _meter(folder: Path) -> Meter:
    (row,) = _asked(folder, SERVER)
    postmaster = int(next(folder.rglob("postmaster.pid")).read_text().split()[0])
    told = subprocess.run(
        ["pgrep", "-f", f"serve.*{folder}"], capture_output=True, text=True, check=True
    ).stdout
    return Meter(
        wal=row["wal"],
        fsyncs=row["fsyncs"] or 0.0,
        commits=row["commits"],
        postgres_cpu=_cpu_seconds([postmaster, *_children(postmaster)]),
        service_cpu=_cpu_seconds([int(pid) for pid in told.split()]),
    )


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _children(parent: int) -> list[int]:
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in pids if (stat := _stat(pid)) and int(stat[1]) == parent]


def _cpu_seconds(pids: Sequence[int]) -> float:
    """Return the CPU time of these processes and of children of theirs that have ended."""
    return sum(sum(map(int, stat[11:15])) for pid in pids if (stat := _stat(pid))) / TICKS


def _count(folder: Path) -> float:
    (row,) = _asked(folder, "SELECT count(*)::float8 AS n FROM transactions")
    return float(row["n"])


def _disk(relations: list[dict[str, Any]], stored: float) -> dict[str, float]:
    """Return bytes a payment by relation, where it is more than one, and summed by what they are for.

    A payment itself, its key and the order of outcomes; its links and words; all together.
    """
    each = {row["relname"]: row["bytes"] / stored for row in relations}
    links = {name: size for name, size in each.items() if any(word in name for word in LINK_RELATIONS)}
    own = {
        name: size for name, size in each.items() if name not in links and name.startswith(PAYMENT_RELATIONS)
    }
    big = {f"disk_bytes_of_{name}": size for name, size in sorted(each.items()) if size >= 1}
    return {
        "disk_bytes_per_payment": sum(own.values()),
        "disk_bytes_links_per_payment": sum(links.values()),
        "disk_bytes_all_per_payment": sum(each.values()),
        **big,
    }


def _asked(folder: Path, statement: str) -> list[dict[str, Any]]:
    async def asked(url: str) -> list[dict[str, Any]]:
        connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
        try:
            return [dict(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    with attach(folder) as server:
        return uvloop.run(asked(server.url()))
