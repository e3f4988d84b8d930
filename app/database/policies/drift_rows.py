"""What is read of a model's payments to see what changed: slices of arrivals, truths as they are heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.policies.matured import DECIDED, KNOWN_FRAUDS, Arrivals, known_fraud
from app.scoring.arrays import Floats
from app.scoring.schema.feature import Value
from app.triage.drift.days import NOVEL_ABOVE
from app.triage.drift.maturing import BANDS
from app.triage.guarantee.truths import KnownFraud


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledPayment:
    """A payment whose features are read."""

    key: int
    features: Mapping[str, Value]
    amount: float
    occurred_at: datetime
    evidence: float
    novelty: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredFraud:
    """A fraud known at the age at which payments enter, and the probability its model gave it."""

    fraud: KnownFraud
    probability: float


_ARRIVED = """FROM payments
WHERE received_at >= :since AND received_at < :until AND policy_id = ANY(:policy_ids)"""
COUNTED = text(f"""
SELECT count(*) AS payments, count(margin) AS scored,
    count(*) FILTER (WHERE label = 'unknown') AS review,
    count(*) FILTER (WHERE label = 'fraud') AS declined,
    count(*) FILTER (WHERE novelty > {NOVEL_ABOVE}) AS novel,
    coalesce(sum(probability), 0) AS predicted,
    coalesce(sum(probability) FILTER (WHERE label = 'legit'), 0) AS predicted_approved,
    coalesce(sum(probability) FILTER (WHERE label = 'fraud'), 0) AS predicted_declined
{_ARRIVED}
""")
# Which ones, and in which order, is decided by a hash of the key: neither depends on what a payment holds.
SAMPLED = text(f"""
SELECT t.id, (t.features || t.derived)::text AS features, t.amount, t.occurred_at, drawn.evidence_fraud,
    drawn.novelty
FROM (
    SELECT id, evidence_fraud, novelty, hashint8extended(id, 0) AS place
    {_ARRIVED} AND margin IS NOT NULL ORDER BY place, id LIMIT :most
) drawn
JOIN transactions t ON t.id = drawn.id ORDER BY drawn.place, drawn.id
""")
BY_BAND = text(f"""
WITH {DECIDED}
SELECT width_bucket(probability, CAST(:ends AS float8[])) AS band, count(*) AS payments,
    sum(probability) AS predicted
FROM decided WHERE probability IS NOT NULL GROUP BY 1
""")
FRAUDS = text(f"""
WITH {DECIDED}, {KNOWN_FRAUDS}
SELECT f.*, d.probability FROM frauds f JOIN decided d ON d.id = f.id
WHERE d.probability IS NOT NULL ORDER BY f.received_at, f.id
""")
HEARD = text("""
WITH heard AS (
    SELECT l.source, l.recorded_at AS heard_at, p.received_at
    FROM labels l JOIN payments p ON p.id = l.transaction_id
    WHERE l.recorded_at >= :since AND l.recorded_at < :until AND l.label <> 'withdrawn'
    UNION ALL
    SELECT 'verdict', v.judged_at, p.received_at
    FROM verdicts v JOIN cases c ON c.id = v.case_id JOIN payments p ON p.id = c.transaction_id
    WHERE v.judged_at >= :since AND v.judged_at < :until AND v.judgement <> 'escalate'
        AND v.corrects_id IS NULL AND c.kind IN ('unknown', 'audit')
)
SELECT source, date_trunc('month', heard_at AT TIME ZONE 'UTC')::date AS month,
    array_agg(extract(epoch FROM heard_at - received_at)::float8) AS seconds
FROM heard GROUP BY 1, 2
""")
FIRST_ACTIVE = text("""
SELECT min(e.happened_at) FROM policy_events e JOIN policies p ON p.id = e.policy_id
WHERE p.model_version = :version AND e.state = 'active'
""")

LAST_ACTIVE = text(
    "SELECT max(happened_at) FROM policy_events WHERE policy_id = :policy_id AND state = 'active'"
)


async def counted(connection: AsyncConnection, arrivals: Arrivals) -> dict[str, Any]:
    """Return the sums of `app.triage.drift.days.Arrived` of arrivals, by name."""
    row = (await connection.execute(COUNTED, _asked(arrivals))).mappings().one()
    return dict(row)


async def sampled(connection: AsyncConnection, arrivals: Arrivals, *, most: int) -> list[SampledPayment]:
    """Return at most so many scored payments, drawn and ordered by a hash of their keys."""
    return [
        SampledPayment(
            key=row.id,
            features=orjson.loads(row.features),
            amount=float(row.amount),
            occurred_at=row.occurred_at,
            evidence=row.evidence_fraud,
            novelty=row.novelty,
        )
        for row in await connection.execute(SAMPLED, _asked(arrivals) | {"most": most})
    ]


async def by_band(connection: AsyncConnection, arrivals: Arrivals) -> tuple[Floats, Floats]:
    """Return how many payments lie in each band, and the sums of their probabilities, shape (bands,)."""
    payments, predicted = np.zeros(len(BANDS)), np.zeros(len(BANDS))
    for row in await connection.execute(BY_BAND, arrivals.parameters | {"ends": list(BANDS[:-1])}):
        payments[row.band], predicted[row.band] = row.payments, row.predicted
    return payments, predicted


async def scored_frauds(connection: AsyncConnection, arrivals: Arrivals) -> list[ScoredFraud]:
    """Return the frauds known at that age with their probabilities, in order of arrival."""
    return [
        ScoredFraud(fraud=known_fraud(row), probability=row.probability)
        for row in await connection.execute(FRAUDS, arrivals.parameters)
    ]


async def heard(
    connection: AsyncConnection, since: datetime, until: datetime
) -> dict[tuple[str, date], Floats]:
    """Return how long each truth heard in a span took from its payment's arrival (s), by source and month."""
    rows = await connection.execute(HEARD, {"since": since, "until": until})
    return {(row.source, row.month): np.array(row.seconds, dtype=np.float64) for row in rows}


async def first_active_at(connection: AsyncConnection, version: str) -> datetime | None:
    """Return when a policy of this model first began to decide; None: none ever did."""
    found: datetime | None = await connection.scalar(FIRST_ACTIVE, {"version": version})
    return found


async def last_active_at(connection: AsyncConnection, policy_id: int) -> datetime | None:
    """Return when a policy last began to decide; None: it never did."""
    found: datetime | None = await connection.scalar(LAST_ACTIVE, {"policy_id": policy_id})
    return found


def _asked(arrivals: Arrivals) -> dict[str, Any]:
    return {name: each for name, each in arrivals.parameters.items() if name != "age"}
