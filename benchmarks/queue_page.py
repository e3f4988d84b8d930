"""The queue's page in each of its orders, over HTTP, while very many cases wait.

`BENCH_CASES` cases (100,000 unless told) of payments a team did not come to yet: some urgent, some without a
rate, some with a deadline. Pages are the first of each order, and one a thousand cases further on.
"""

import os
import tempfile
from pathlib import Path

import asyncpg
import numpy as np
import uvloop

from app.database.server.embedded import attach
from app.review.queue.columns import QueueOrder
from benchmarks.entity_page import KEEP_LIST, visited, visitor
from benchmarks.next_case import tertium
from benchmarks.service import served

CASES = int(os.environ.get("BENCH_CASES", "100000"))
FURTHER = 1_000
# As intake would have left them.
PAYMENTS = """
INSERT INTO payments (
    id, position, occurred_at, received_at, label_propensity, evidence_fraud, margin, spread, interval_low,
    interval_high, probability, entropy, expected_entropy, mutual_information, predictive_variance, novelty,
    client_id, policy_id, feature_list, transaction_id, body_sha256, amount, currency, label, reason, device,
    features, attributes
)
SELECT payment_base(at) + nextval('payment_numbers'), NULL, at, at, 1, 0, 0, 1, -1, 1, 0.2, 0, 0, 0, 0, 50,
    (SELECT min(id) FROM clients), (SELECT policy_id FROM active_policy),
    (SELECT id FROM feature_lists WHERE names = '{}'), n::text, sha256(''),
    5 + abs(hashint4(n)) % 100000 / 100.0, 'EUR', 'unknown', 'between_bounds', 'cpu', '{}',
    jsonb_build_object('card', 'card-' || abs(hashint4(n + 1)) % 5000, 'merchant', 'merchant-' || n % 200)
FROM (
    SELECT n, now() - make_interval(secs => 172800 * (1 - n / $1::float8)) AS at
    FROM generate_series(1, $1::int) n
) numbered ORDER BY numbered.n
"""
WAITING = """
WITH made AS (
    INSERT INTO cases (
        transaction_id, decision_id, kind, state, amount, expected_loss, queue_loss, queue_rate, priority_key,
        respond_by, fallback, opened_at
    )
    SELECT id, id, 'unknown', 'open', amount, 1, abs(hashint8(id)) % 900,
        CASE WHEN abs(hashint8(id + 2)) % 20 > 0 THEN 1 END, abs(hashint8(id + 1)) % 20000 / 1000.0,
        CASE WHEN abs(hashint8(id + 3)) % 3 = 0 THEN received_at + interval '3 days' END, 'wait', received_at
    FROM payments ORDER BY id
    RETURNING id
)
INSERT INTO blind_draws (case_id, is_blind, probability, drawn_at) SELECT id, false, 0, now() FROM made
"""
PLACE = "SELECT id FROM cases WHERE state = 'open' ORDER BY priority_key DESC, id OFFSET $1 LIMIT 1"


def figures() -> dict[str, float]:
    """Return `queue_page_p95_ms`, that of the slowest order, and each order's median and 95 % quantile."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        tertium("key", "add", "bench", "--data-dir", str(folder))
        link = tertium("user", "add", "bench", "--data-dir", str(folder)).split("/login/")[-1].split()[0]
        with served(folder) as port:
            with attach(folder) as server:
                further = uvloop.run(_fill(server.url()))
            with visitor(port, link) as client:
                took = {by: visited(client, _addresses(by, further)) for by in QueueOrder}
    told = {"queue_page_p95_ms": max(float(np.quantile(each, 0.95)) for each in took.values())}
    for by, each in took.items():
        told[f"queue_by_{by.value}_p50_ms"] = float(np.median(each))
        told[f"queue_by_{by.value}_p95_ms"] = float(np.quantile(each, 0.95))
    return told


def _addresses(by: QueueOrder, further: int) -> list[str]:
    return [f"/queue?sort={by.value}{page}" for page in ("", f"&after={further}&place=51")]


async def _fill(url: str) -> int:
    """Let so many cases wait; return the number of one that others come before."""
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    await connection.execute("SET synchronous_commit = off")
    await connection.execute(KEEP_LIST)
    await connection.execute(PAYMENTS, CASES)
    await connection.execute(WAITING)
    await connection.execute("VACUUM ANALYZE")
    further: int = await connection.fetchval(PLACE, min(FURTHER, CASES // 2))
    await connection.close()
    return further
