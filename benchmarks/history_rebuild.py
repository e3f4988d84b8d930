"""What rebuilding a history costs: payments a second, memory, and how long a payment of a hot key waits.

Payments lie in the database as intake leaves them, without update numbers. Half of them name one merchant.
While another process rebuilds, this one takes and gives the lock of that merchant as a payment does.
"""

import asyncio
import os
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from app.cli.server.place import utc_now
from app.database.payments.history import states
from app.database.payments.history.keys import fingerprints
from app.database.server.embedded import attach
from app.database.server.migrations import migrate
from app.database.server.session import connect
from app.scoring.schema.history import KeptHistory
from app.workflows.payments.history.rebuilding import HistoryRebuild

ROWS = int(os.environ.get("BENCH_ROWS", "300000"))
CHUNK = 50_000
CARDS, MERCHANTS = 50_000, 2_000
DAYS = 60
TIMEOUT_MS = 600_000
HISTORIES = (
    KeptHistory(entity="merchant", partners=("card",), delay_days=7, currency="EUR"),
    KeptHistory(entity="card", partners=("merchant",), delay_days=7, currency="EUR"),
)
HOT = "merchant-0"
KEEP_LIST = "INSERT INTO feature_lists (names) VALUES ('{}') ON CONFLICT (names) DO NOTHING"
FILL = """
INSERT INTO payments (
    id, position, occurred_at, received_at, label_propensity, client_id, policy_id, feature_list,
    transaction_id, body_sha256, amount, currency, label, reason, features, attributes
)
SELECT payment_base(now()) + nextval('payment_numbers'), NULL,
    now() - make_interval(secs => $3::float8 * (1 - n / $4::float8)), now(), 1, 1, 1,
    (SELECT id FROM feature_lists WHERE names = '{}'), n::text, sha256(''), 20 + n % 1000, 'EUR',
    'unknown', 'novel', '{}', jsonb_build_object(
        'card', 'card-' || abs(hashint4(n)) % $5::int,
        'merchant', 'merchant-' || CASE WHEN n % 2 = 0 THEN 0
            ELSE abs(hashint4(n + 7)) % $6::int END
    )
FROM generate_series($1::int, $2::int) n
"""


def figures() -> dict[str, float]:
    """Return payments a second of both histories, the most memory (MiB), and waits for the hot key (ms)."""
    with tempfile.TemporaryDirectory() as folder, attach(Path(folder)) as server:
        return asyncio.run(_measured(server.url()))


async def _measured(url: str) -> dict[str, float]:
    await migrate(url)
    probe = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    await probe.execute(KEEP_LIST)
    for begin in range(1, ROWS + 1, CHUNK):
        end = min(begin + CHUNK - 1, ROWS)
        await probe.execute(FILL, begin, end, DAYS * 86_400, ROWS, CARDS, MERCHANTS)
    prints = await fingerprints(probe)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        rebuilt = asyncio.wrap_future(pool.submit(_rebuild, url))
        waits = await _waits(probe, prints.key(HISTORIES[0], HOT), rebuilt)
        seconds, mebibytes = await rebuilt
    await probe.close()
    return {
        "history_rebuild_per_second": len(HISTORIES) * ROWS / seconds,
        "history_rebuild_mib": mebibytes,
        "history_rebuild_hot_wait_ms": 1000 * max(waits),
    }


def _rebuild(url: str) -> tuple[float, float]:
    """Return how long it took, in seconds, and the most memory, in MiB."""
    began = time.perf_counter()
    asyncio.run(_rebuilt(url))
    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _rebuilt(url: str) -> None:
    engine = connect(url, pool_size=1, max_overflow=0, statement_timeout_ms=TIMEOUT_MS)
    await HistoryRebuild(engine, clock=utc_now, watch=lambda _: None).run(HISTORIES)
    await engine.dispose()


async def _waits(probe: "asyncpg.Connection[Any]", key: UUID, rebuilt: "asyncio.Future[Any]") -> list[float]:
    """Return how long each lock of a key was waited for until the rebuild ended, in seconds."""
    waits = []
    while not rebuilt.done():
        began = time.perf_counter()
        async with probe.transaction():
            await states.locked(probe, {key: "merchant"})
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(0.002)
    return waits
