"""Payments that were really posted, with what they turned out to be: what managers look back on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.transactions import SCORE_COLUMNS
from app.datasets import load_generator
from app.learning.demo_world import Payment, build_world
from app.learning.demo_world import payments as generated
from app.scoring.transaction import Transaction
from app.triage.policies.policy import Policy
from app.workflows.policies.lab.policy_lab import PolicyLab
from app.workflows.policies.lab.score_memory import ScoreMemory
from app.workflows.policies.lab.trials import Span
from tests.builders import FOREIGN, NOON, Clock, SilentScorer, a_transaction, rows, run, scored_by
from tests.models import MODELS
from tests.service import Service
from tests.stored import decided_anew

#: The first decisions of all transactions, oldest first, each with what a policy looks at.
DECIDED = f"""
SELECT d.transaction_id AS key, t.transaction_id AS name, t.amount, d.label AS said, d.reason, d.decided_at,
    d.label_propensity, {", ".join(f"d.{name}" for name in SCORE_COLUMNS)}
FROM decisions d
JOIN transactions t ON t.id = d.transaction_id
WHERE d.attempt = 1
ORDER BY d.decided_at, d.transaction_id
"""


def some_payments(count: int, *, seed: int, fraud_share: float) -> list[Payment]:
    """Return payments as the demo's shop makes them, with what they are; the same ones each time."""
    draws = np.random.default_rng(seed)
    moments = [NOON + timedelta(seconds=number) for number in range(count)]
    return generated(
        load_generator(MODELS / "demo"), build_world(draws), moments, fraud_share=fraud_share, rng=draws
    )


async def post_payments(
    service: Service, count: int, *, seed: int = 0, fraud_share: float = 0.3, name: str = "payment"
) -> dict[str, bool]:
    """Post such payments, and some nobody can score; return which of those with a score are frauds."""
    made = some_payments(count, seed=seed, fraud_share=fraud_share)
    taken = [_taken(service, each, f"{name}-{number}") for number, each in enumerate(made)]
    await service.services.payments.intake.receive_many(taken)
    return {each.transaction_id: made[number].is_fraud for number, each in enumerate(taken)}


async def post_unscored(service: Service, count: int = 4, *, name: str = "unscored") -> None:
    """Post payments in a currency no model knows, and as many while the model is away."""
    await service.services.payments.intake.receive_many(
        [
            a_transaction(service, transaction_id=f"{name}-foreign-{number}", currency=FOREIGN)
            for number in range(count)
        ]
    )
    async with scored_by(service, SilentScorer):
        await service.services.payments.intake.receive_many(
            [a_transaction(service, transaction_id=f"{name}-{number}") for number in range(count)]
        )


def _taken(service: Service, payment: Payment, name: str) -> Transaction:
    return a_transaction(
        service, transaction_id=name, features=payment.features, amount=Decimal(payment.amount)
    )


async def tell(
    engine: AsyncEngine, truths: Mapping[str, bool], *, source: str = "replay", chance: float | None = 1.0
) -> None:
    """Report what these transactions turned out to be, with their chance of becoming known."""
    await run(
        engine,
        "INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at, propensity)"
        " SELECT t.id, told.label, :source, :at, :at, now(), :chance FROM transactions t"
        " JOIN unnest(CAST(:names AS text[]), CAST(:labels AS text[])) AS told(name, label)"
        " ON told.name = t.transaction_id",
        names=list(truths),
        labels=["fraud" if is_fraud else "legit" for is_fraud in truths.values()],
        source=source,
        chance=chance,
        at=NOON,
    )


#: What was posted at once, as if it had come evenly over so many days up to now.
SPREAD_DAYS = 2
SPREAD = f"""
UPDATE payments p SET received_at = now() - interval '{SPREAD_DAYS} days' * (1 - placed.share)
FROM (
    SELECT id, (row_number() OVER (ORDER BY received_at, id) - 1)::float8
        / greatest(count(*) OVER () - 1, 1) AS share
    FROM payments
) placed
WHERE placed.id = p.id
"""


async def spread_over_days(engine: AsyncEngine) -> None:
    """Let what was posted at once have come over two days, so that rates of a day are known."""
    for statement in (
        "ALTER TABLE payments DISABLE TRIGGER USER",
        SPREAD,
        "ALTER TABLE payments ENABLE TRIGGER USER",
    ):
        await run(engine, statement)


def a_lab(service: Service, engine: AsyncEngine, clock: Clock | None = None) -> PolicyLab:
    """Return a lab that has looked at nothing yet."""
    now = clock or service.services.clock
    return PolicyLab(
        engine,
        service.services.models.serving,
        ScoreMemory(engine, clock=now),
        clock=now,
        measured=service.services.operations.quality.measured,
    )


def the_last_days(service: Service) -> Span:
    """Return a window around everything a test posted."""
    now = service.services.clock()
    return Span(since=now - timedelta(days=SPREAD_DAYS + 1), until=now + timedelta(hours=2))


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One stored decision, and what two policies make of it, each (label, reason), worked out alone."""

    name: str
    amount: Decimal
    row: Any
    before: tuple[str, str]
    after: tuple[str, str]


async def decided_by(engine: AsyncEngine, before: Policy, after: Policy) -> list[Decided]:
    """Decide what is stored row by row, by both policies; oldest first."""
    return [
        Decided(
            name=row.name,
            amount=row.amount,
            row=row,
            before=decided_anew(row, before),
            after=decided_anew(row, after),
        )
        for row in await rows(engine, DECIDED)
    ]
