"""Fills the database of a running service with the payments of a month and the states they left.

A million payments by the doors would take longer than all that is measured: some are posted, their rows are
multiplied by the database with ids of their own, and links and words are indexed by the service as ever.
States are those that drawn payments leave, folded by the product's own code; where there are to be millions
more, idle ones with a few quarters of days stand between them.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import numpy as np
import orjson
import uvloop

from app.database.payments.history.keys import Fingerprints, fingerprints
from app.database.server.embedded import attach
from app.scoring.history.packing import packed
from app.scoring.history.state import Occurrence, State
from app.scoring.schema.history import KeptHistory

SEED_ROWS, BATCH_ROWS = 5_000, 1_000
#: The drawn payments end where those begin that are posted.
NOW_SECONDS = 1_777_636_800.0
DAYS, FRAUD_SHARE = 32, 0.002
#: Payments of a key that is as good as idle, in those days.
IDLE_PAYMENTS = 6.0
MODELS = 2_000
COPIES = """
CREATE TEMP TABLE copies AS
SELECT payment_base(now()) + nextval('payment_numbers') AS id, gen_random_uuid()::text AS transaction_id,
    {columns}
FROM payments, generate_series(1, $1::integer)
"""
COPY_KEYS = "INSERT INTO payment_keys SELECT payment_identity(client_id, transaction_id), id FROM copies"
COPY_PAYMENTS = """
INSERT INTO payments (id, transaction_id, {columns}) SELECT id, transaction_id, {columns} FROM copies
"""
NAMES_OF_COLUMNS = """
SELECT string_agg(attname, ', ') FROM pg_attribute
WHERE attrelid = 'payments'::regclass AND attnum > 0 AND NOT attisdropped
    AND attname <> ALL('{id,transaction_id,decision_id}')
"""
BYTES = """
SELECT pg_total_relation_size('history_states')::float8 / count(*) AS all_bytes,
    avg(octet_length(state))::float8 AS own_bytes FROM history_states
"""
INDEXED = "SELECT indexed_to >= (SELECT max(id) FROM payments) FROM link_progress"
ADD_KEY = "ALTER TABLE history_states ADD CONSTRAINT history_states_pkey PRIMARY KEY (key)"
COLUMNS = ("key", "entity", "updates", "latest", "state")
IDLE = """
INSERT INTO history_states (key, entity, updates, latest, state)
SELECT coalesce(k.key, gen_random_uuid()), coalesce(k.entity, m.entity), coalesce(k.updates, m.updates),
    coalesce(k.latest, m.latest), coalesce(k.state, m.state)
FROM generate_series(0, $1::bigint - 1) n
JOIN preload_models m ON m.place = n % (SELECT count(*) FROM preload_models)
LEFT JOIN preload_known k ON k.place * $2::bigint = n
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A value whose state is made: it is named by payments that are posted."""

    history: KeptHistory
    value: str


def post(port: int, key: str, bodies: Sequence[Mapping[str, Any]]) -> None:
    """Post payments in batches, each with an id by chance."""
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120) as client:
        for begin in range(0, len(bodies), BATCH_ROWS):
            rows = [{"transaction_id": uuid4().hex, **each} for each in bodies[begin : begin + BATCH_ROWS]]
            answer = client.post("/v1/transactions/batch", content=orjson.dumps(rows))
            if any(result["status"] != 200 for result in answer.raise_for_status().json()["results"]):
                raise SystemExit("a payment before the measured ones was refused")


def multiply(folder: Path, payments: int) -> None:
    """Bring the posted payments up to so many, and wait until they are indexed as ever."""
    url = _url(folder)
    uvloop.run(_multiplied(url, payments))
    while not uvloop.run(_is_indexed(url)):
        time.sleep(0.5)


def fill_states(folder: Path, known: Sequence[Known], *, payments_a_key: Mapping[str, float]) -> None:
    """Write the state of each known value, as so many payments in the mean left it, in place of what is."""
    uvloop.run(_filled(_url(folder), known, payments_a_key, None))


def fill_among_idle(folder: Path, known: Sequence[Known], states: int) -> None:
    """Write so many states, those of the known values evenly among them, each of some six payments."""
    each = dict.fromkeys((one.history.entity for one in known), IDLE_PAYMENTS)
    uvloop.run(_filled(_url(folder), known, each, states))


def settle(folder: Path) -> None:
    """Tell the planner what there is, and write out what would be written during the first round."""
    uvloop.run(_done(_url(folder), "VACUUM (ANALYZE) history_states", "ANALYZE", "CHECKPOINT"))


def bytes_of_states(folder: Path) -> tuple[float, float]:
    """Return bytes a state of `history_states` with its indexes, and of the packed state alone."""
    return uvloop.run(_bytes(_url(folder)))


def _url(folder: Path) -> str:
    with attach(folder) as server:
        return server.url().replace("postgresql+asyncpg://", "postgresql://")


async def _done(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _bytes(url: str) -> tuple[float, float]:
    connection = await asyncpg.connect(url)
    try:
        (row,) = await connection.fetch(BYTES)
        return row["all_bytes"], row["own_bytes"]
    finally:
        await connection.close()


async def _multiplied(url: str, payments: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        columns = await connection.fetchval(NAMES_OF_COLUMNS)
        posted = await connection.fetchval("SELECT count(*) FROM payments")
        await connection.execute(COPIES.format(columns=columns), max(0, payments // posted - 1))
        async with connection.transaction():
            await connection.execute(COPY_KEYS)
            await connection.execute(COPY_PAYMENTS.format(columns=columns))
        await connection.execute("DROP TABLE copies")
    finally:
        await connection.close()


async def _is_indexed(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval(INDEXED))
    finally:
        await connection.close()


async def _filled(
    url: str, known: Sequence[Known], payments_a_key: Mapping[str, float], states: int | None
) -> None:
    connection = await asyncpg.connect(url)
    rng = np.random.default_rng(0)
    try:
        prints = await fingerprints(connection)
        rows = [_row(each, prints, rng, payments_a_key[each.history.entity]) for each in known]
        await connection.execute("TRUNCATE history_states")
        if states is None:
            await connection.copy_records_to_table("history_states", records=rows, columns=COLUMNS)
            return
        await _with_idle(connection, rows, states)
    finally:
        await connection.close()


async def _with_idle(connection: asyncpg.Connection, rows: list[tuple[Any, ...]], states: int) -> None:
    shape = "(place bigint, key uuid, entity text, updates bigint, latest float8, state bytea)"
    for name, of in (("preload_known", rows), ("preload_models", rows[:MODELS])):
        await connection.execute(f"CREATE TEMP TABLE {name} {shape}")
        records = [(place, *row) for place, row in enumerate(of)]
        await connection.copy_records_to_table(name, records=records, columns=("place", *COLUMNS))
        await connection.execute(f"ANALYZE {name}")
    # An index that is made at once is made ten times as fast.
    await connection.execute("ALTER TABLE history_states DROP CONSTRAINT history_states_pkey")
    await connection.execute("SET enable_nestloop = off")
    await connection.execute(IDLE, states, states // len(rows))
    await connection.execute("SET maintenance_work_mem = '1GB'")
    await connection.execute(
        "ALTER TABLE history_states ADD CONSTRAINT history_states_pkey PRIMARY KEY (key)"
    )


def _row(
    known: Known, prints: Fingerprints, rng: np.random.Generator, payments: float
) -> tuple[UUID, str, int, float, bytes]:
    """Return a key's row after some payments; at least one, as no state is of none."""
    count = max(1, int(rng.poisson(payments)))
    moments = NOW_SECONDS - np.sort(rng.uniform(0, DAYS * 86_400.0, count))[::-1]
    state = State(history=known.history)
    for seconds, amount, chance in zip(
        moments.tolist(),
        rng.exponential(60, count).round(2).tolist(),
        rng.random(count).tolist(),
        strict=True,
    ):
        partners = (None,) * len(known.history.partners)
        state.add(Occurrence(seconds=seconds, amount=amount, partners=partners))
        if chance < FRAUD_SHARE:
            state.know_fraud(seconds, count=1)
    key = prints.key(known.history, known.value)
    return key, known.history.entity, state.updates, state.latest, packed(state)
