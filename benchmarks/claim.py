"""A claim from a queue of a million open cases beside one from ten thousand, turn by turn in the same run.

What is timed is what the desk calls: one transaction that looks whether something is held, claims the
most urgent case, draws what chance says of it and reads its file. Every claimed case is then judged, so
that the queue loses its head as it does all day.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases.keeping.claim_statements import CLAIMS
from app.database.server.embedded import EmbeddedServer, attach
from app.database.server.migrations import migrate
from app.database.server.session import connect, transaction
from app.review.access.people import Account, Role
from app.review.case import CaseState, Judgement
from app.review.currency_rates import RateTable
from app.settings import REPOSITORY
from app.workflows.cases.claims import Claims
from app.workflows.cases.judgements import VerdictInput
from app.workflows.cases.qa_sampling import QaSampling
from app.workflows.cases.verdicts import Verdicts
from app.workflows.models.serving import LoadedModels, Serving, bootstrap
from app.workflows.payments.opening import Opening

FEW, MANY = 10_000, 1_000_000
CLAIMED, WARM_UP = 1_500, 100
FILLED_WITHIN_MS = 600_000
LEASE = timedelta(minutes=3)

# Payments that wait, each with its score, its decision and its case; one in a hundred held by a colleague.
INSERTS = (
    "SELECT setseed(0.5)",
    "SET LOCAL synchronous_commit = off",
    """
    INSERT INTO clients (name, name_key, key_sha256, created_at)
    VALUES ('bench', 'bench', repeat('0', 64), now())
    """,
    """
    INSERT INTO accounts (name, name_key, display_name, role, created_at)
    SELECT 'analyst-' || n, 'analyst-' || n, 'Analyst ' || n, 'analyst', now() FROM generate_series(1, 20) n
    """,
    """
    CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS
    SELECT n, payment_base(now()) + nextval('payment_numbers') AS id FROM generate_series(1, :rows) n
    """,
    "INSERT INTO feature_lists (names) VALUES ('{}')",
    """
    INSERT INTO payment_keys (key, payment_id)
    SELECT payment_identity(clients.id, 'bench-' || n), numbered.id FROM numbered, clients
    """,
    """
    INSERT INTO payments (
        id, occurred_at, received_at, label_propensity, evidence_fraud, margin, spread, interval_low,
        interval_high, probability, entropy, expected_entropy, mutual_information, predictive_variance,
        novelty, client_id, policy_id, feature_list, transaction_id, body_sha256, amount, currency, label,
        reason, device, features, attributes
    )
    SELECT numbered.id, now(), now(), 1, -2, -2, 1, -3, -1, 0.1, 0, 0, 0, 0, 50, clients.id, policies.id,
        feature_lists.id, 'bench-' || n, '\\x00', round((-88 * ln(1 - random()))::numeric, 2), 'EUR',
        'unknown', 'between_bounds', 'cpu', '{}', '{}'
    FROM numbered, clients, policies, feature_lists WHERE policies.state = 'active'
    """,
    """
    INSERT INTO cases (
        transaction_id, decision_id, kind, state, expected_loss, priority_key, fallback, opened_at
    )
    SELECT id, id, 'unknown', 'open', loss, ln(loss) - (1.7e9 + n * 86400.0 / :rows) / 1800, 'wait', now()
    FROM (SELECT n, id, 0.01 - 10 * ln(1 - random()) AS loss FROM numbered) drawn
    """,
    """
    UPDATE cases SET holder_id = (SELECT min(id) FROM accounts WHERE role = 'analyst'),
        lease_token = gen_random_uuid(), lease_expires_at = now() + interval '1 day'
    WHERE id % 100 = 0
    """,
)


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A database full of cases, and somebody who works them off."""

    engine: AsyncEngine
    claims: Claims
    verdicts: Verdicts
    analysts: Sequence[Account]

    async def one(self, number: int) -> float:
        """Claim a case and judge it; return how long the claim took (milliseconds)."""
        analyst = self.analysts[number % len(self.analysts)]
        began = time.perf_counter()
        file = await self.claims.current_or_next(analyst)
        took = (time.perf_counter() - began) * 1000
        if file is None or file.case.lease is None:
            raise SystemExit("the queue is empty")
        saying = VerdictInput(judgement=Judgement.LEGIT)
        await self.verdicts.judge(analyst, file.case.id, file.case.lease.token, saying)
        return took


def figures() -> dict[str, float]:
    """Return `claim_p99_ms_10k`, `claim_p99_ms_1m`, `claim_ratio_1m` and their medians."""
    with tempfile.TemporaryDirectory() as place, attach(Path(place) / "data") as server:
        few, many = asyncio.run(_measured(server))
    return {
        "claim_p50_ms_10k": float(np.median(few)),
        "claim_p50_ms_1m": float(np.median(many)),
        "claim_p99_ms_10k": float(np.quantile(few, 0.99)),
        "claim_p99_ms_1m": float(np.quantile(many, 0.99)),
        "claim_ratio_1m": float(np.quantile(many, 0.99) / np.quantile(few, 0.99)),
    }


async def _measured(server: EmbeddedServer) -> tuple[list[float], list[float]]:
    queues = [await _queue(server, f"claims_{rows}", rows) for rows in (FEW, MANY)]
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(WARM_UP + CLAIMED):
        # Who goes first takes turns: noise of the machine falls on both.
        for place in (0, 1) if number % 2 else (1, 0):
            took[place].append(await queues[place].one(number))
    for queue in queues:
        await _refuse_sort(queue.engine)
        await queue.engine.dispose()
    return took[0][WARM_UP:], took[1][WARM_UP:]


async def _queue(server: EmbeddedServer, name: str, rows: int) -> Queue:
    administrator = await asyncpg.connect(server.url("postgres").replace("+asyncpg", ""))
    await administrator.execute(f"CREATE DATABASE {name}")
    await administrator.close()
    await migrate(server.url(name))
    # A million rows take longer than any statement of the service may.
    engine = connect(server.url(name), statement_timeout_ms=FILLED_WITHIN_MS)
    await bootstrap(engine, LoadedModels(REPOSITORY / "models", device="cpu"), _now)
    async with engine.begin() as connection:
        for statement in INSERTS:
            await connection.execute(text(statement), {"rows": rows} if ":rows" in statement else {})
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text("VACUUM ANALYZE"))
    return await _staffed(engine)


async def _staffed(engine: AsyncEngine) -> Queue:
    async with transaction(engine) as connection:
        found = await connection.execute(
            text("SELECT id, name FROM accounts WHERE role = 'analyst' ORDER BY id OFFSET 1")
        )
        analysts = [
            Account(id=row.id, name=row.name, display_name=row.name, role=Role.ANALYST) for row in found
        ]
    serving = Serving(engine, LoadedModels(REPOSITORY / "models", device="cpu"))
    await serving.refresh()
    draws, table = np.random.default_rng(7), RateTable(base="EUR", rates={})
    opening = Opening(
        blind_share=0.125,
        blind_draws=draws,
        audit_draws=draws,
        audit_secret=b"",
        rates=lambda: table,
        unrated_loss=500,
    )
    looks = QaSampling(
        share=0,
        high_exposure=1e12,
        gold_share=0,
        chance=lambda: 1.0,
        opening=opening,
        pair=lambda: serving.pair,
    )
    return Queue(
        engine=engine,
        claims=Claims(engine=engine, clock=_now, new_token=uuid4, lease_duration=LEASE),
        verdicts=Verdicts(
            engine=engine,
            clock=_now,
            new_token=uuid4,
            lease_duration=LEASE,
            grace=timedelta(),
            second_looks=looks,
        ),
        analysts=analysts,
    )


async def _refuse_sort(engine: AsyncEngine) -> None:
    """Let the benchmark fail where the planner would sort the queue, or read it whole."""
    parameters = {
        "account_id": 1, "token": uuid4(), "now": _now(), "expires_at": _now() + LEASE, "is_reserved": False,
    }  # fmt: skip
    async with transaction(engine) as connection:
        for statement in CLAIMS[CaseState.OPEN]:
            explained = await connection.execute(text(f"EXPLAIN {statement.text}"), parameters)
            plan = "\n".join(explained.scalars())
            if "Sort" in plan or "Seq Scan on cases" in plan:
                raise SystemExit(f"a claim sorts the queue or reads it whole:\n{plan}")


def _now() -> datetime:
    return datetime.now(UTC)
