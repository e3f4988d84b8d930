"""The page of a merchant with very many payments among still more, and of its cards, over HTTP.

`BENCH_ROWS` payments (200,000 unless told) in two months; the merchant has half of them, at most a million.
`BENCH_FOLDER`: a data folder that is filled at the first run, and only visited at later ones.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx
import numpy as np
import uvloop

from app.database.server.embedded import attach
from app.web.pages.entity_address import entity_address
from benchmarks.next_case import tertium
from benchmarks.service import served

ROWS = int(os.environ.get("BENCH_ROWS", "200000"))
BUSY = min(1_000_000, ROWS // 2)
CHUNK = 50_000
DAYS, CARDS = 60, max(1_000, ROWS // 40)
VISITS, WARM_UP = 200, 10
SHOP = "merchant-0"
KEEP_LIST = "INSERT INTO feature_lists (names) VALUES ('{}') ON CONFLICT (names) DO NOTHING"
# As intake would have left them, in the order in which they were received.
FILL = """
INSERT INTO payments (
    id, position, occurred_at, received_at, label_propensity, evidence_fraud, margin, spread, interval_low,
    interval_high, probability, entropy, expected_entropy, mutual_information, predictive_variance, novelty,
    client_id, policy_id, feature_list, transaction_id, body_sha256, amount, currency, label, reason, device,
    features, attributes
)
SELECT payment_base(at) + nextval('payment_numbers'), n, at, at, 1, -7, -7, 1, -8, -6, 0.001, 0, 0, 0, 0, 50,
    (SELECT min(id) FROM clients), (SELECT policy_id FROM active_policy),
    (SELECT id FROM feature_lists WHERE names = '{}'), n::text, sha256(''),
    5 + abs(hashint4(n)) % 20000 / 100.0, 'EUR', 'legit', 'evidence_legit', 'cpu', '{}', jsonb_build_object(
        'card', 'card-' || abs(hashint4(n + 1)) % $4::int,
        'device', 'device-' || abs(hashint4(n + 1)) % $4::int,
        'ip', '10.0.' || abs(hashint4(n + 2)) % 250 || '.' || abs(hashint4(n + 3)) % 250,
        'merchant', 'merchant-' || CASE WHEN (n::bigint * $5::int) % $3::int < $5::int THEN 0
            ELSE 1 + abs(hashint4(n + 4)) % 2000 END
    )
FROM (
    SELECT n, now() - make_interval(secs => $6::float8 * (1 - n / $3::float8)) AS at
    FROM generate_series($1::int, $2::int) n
) numbered ORDER BY numbered.n
"""
INDEX = "SELECT index_payments((SELECT indexed_to FROM link_progress), (SELECT max(id) FROM payments))"
INDEXED = "UPDATE link_progress SET indexed_to = (SELECT max(id) FROM payments), indexed_at = now()"
# One in fifty of the newest was a fraud, and one in fifty is known to have been none.
REPORT = """
INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at)
SELECT id, CASE WHEN id % 100 < 2 THEN 'fraud' ELSE 'legit' END, 'chargeback', received_at, now(), now()
FROM (SELECT id, received_at FROM payments ORDER BY id DESC LIMIT 20000) newest WHERE id % 100 < 4
"""


def figures() -> dict[str, float]:
    """Return `entity_page_p50_ms` and `entity_page_p95_ms` of the merchant, and the p95 of cards."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(os.environ.get("BENCH_FOLDER", place)) / "data"
        is_filled = folder.exists()
        if not is_filled:
            tertium("key", "add", "bench", "--data-dir", str(folder))
        asked = "link" if is_filled else "add"
        said = tertium("user", asked, "bench", "--data-dir", str(folder))
        link = said.split("/login/")[-1].split()[0]
        with served(folder) as port:
            if not is_filled:
                with attach(folder) as server:
                    uvloop.run(_fill(server.url()))
            with visitor(port, link) as client:
                shop = visited(client, [entity_address("merchant", SHOP)])
                cards = visited(client, [entity_address("card", f"card-{n}") for n in range(VISITS)])
    return {
        "entity_page_p50_ms": float(np.median(shop)),
        "entity_page_p95_ms": float(np.quantile(shop, 0.95)),
        "entity_page_of_a_card_p95_ms": float(np.quantile(cards, 0.95)),
    }


@contextmanager
def visitor(port: int, link: str) -> Iterator[httpx.Client]:
    """Log in by the token of a one-time link, and ask for pages."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        client.post(f"/login/{link}", headers={"sec-fetch-site": "same-origin"})
        yield client


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    await connection.execute("SET synchronous_commit = off")
    await connection.execute("SELECT make_payment_partitions((now() - interval '3 months')::date, 4)")
    await connection.execute(KEEP_LIST)
    for begin in range(1, ROWS + 1, CHUNK):
        end = min(begin + CHUNK - 1, ROWS)
        await connection.execute(FILL, begin, end, ROWS, CARDS, BUSY, DAYS * 86_400.0)
        async with connection.transaction():
            await connection.execute("SELECT FROM link_progress FOR UPDATE")
            await connection.execute(INDEX)
            await connection.execute(INDEXED)
    await connection.execute(REPORT)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def visited(client: httpx.Client, addresses: Sequence[str]) -> list[float]:
    """Return how long each visit took (milliseconds), those to warm up left out."""
    took = []
    for visit in range(WARM_UP + VISITS):
        began = time.perf_counter()
        page = client.get(addresses[visit % len(addresses)])
        took.append((time.perf_counter() - began) * 1000)
        if page.status_code != httpx.codes.OK:
            raise SystemExit(f"{page.request.url}: {page.status_code}")
    return took[WARM_UP:]
