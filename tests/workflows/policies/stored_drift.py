"""Payments of some days in the database, with features like those the model learned from, or moved ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.artifacts import Model
from app.database.payments.transactions import SCORE_COLUMNS
from app.database.payments.upkeep.partitions import make_ahead
from app.database.server.session import transaction

_OTHERS = [name for name in SCORE_COLUMNS if name not in {"evidence_fraud", "probability", "novelty"}]
KEEP_LIST = text("INSERT INTO feature_lists (names) VALUES (:names) ON CONFLICT (names) DO NOTHING")
WRITE = text(f"""
WITH own AS MATERIALIZED (
    SELECT payment_base(CAST(:at AS timestamptz)) + nextval('payment_numbers') AS id,
        outcome_position(outcome_epoch(), (pg_current_xact_id()::text)::bigint) AS position,
        (SELECT min(id) FROM clients) AS client_id
),
keyed AS (
    INSERT INTO payment_keys (key, payment_id) SELECT payment_identity(client_id, :name), id FROM own
)
INSERT INTO payments (
    id, position, occurred_at, received_at, label_propensity, evidence_fraud, probability, novelty,
    {", ".join(_OTHERS)}, client_id, policy_id, feature_list, transaction_id, body_sha256, amount, currency,
    label, reason, device, features, attributes
)
SELECT id, position, CAST(:at AS timestamptz), CAST(:at AS timestamptz), 1, :evidence, :probability, :novelty,
    {", ".join(["0.5"] * len(_OTHERS))}, client_id, (SELECT policy_id FROM active_policy),
    (SELECT id FROM feature_lists WHERE names = CAST(:names AS text[])), :name, sha256(''), :amount, 'EUR',
    CAST(:label AS text), 'evidence_legit', 'cpu', CAST(:features AS float8[]), '{{}}'
FROM own
""")


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Some days of payments of one kind."""

    days: float
    an_hour: int = 12
    #: Added to a feature's values.
    moved: Mapping[str, float] = field(default_factory=dict)
    #: The share that is declined.
    declined: float = 0.02
    probability: float = 0.002


async def stored(
    engine: AsyncEngine, model: Model, began: datetime, *stretches: Stretch, seed: int = 1
) -> datetime:
    """Write stretches of payments, one after the other; return when they end."""
    draws = np.random.default_rng(seed)
    at = began
    async with transaction(engine) as connection:
        await make_ahead(connection, began.date().replace(day=1), months=4)
        await connection.execute(KEEP_LIST, {"names": list(model.schema.names)})
        for stretch in stretches:
            at = await _write(connection, model, draws, at, stretch)
    return at


async def _write(
    connection: AsyncConnection, model: Model, draws: np.random.Generator, at: datetime, stretch: Stretch
) -> datetime:
    number = round(stretch.days * 24 * stretch.an_hour)
    every = timedelta(hours=1) / stretch.an_hour
    values, evidence = like_learned(model, draws, number), like_calibrated(model, draws, number)
    for name, moved in stretch.moved.items():
        values[:, model.schema.columns.index(name)] += moved
    rows: list[dict[str, Any]] = [
        {
            "at": at + place * every,
            "name": uuid4().hex,
            "names": list(model.schema.names),
            "features": row[:-1].tolist(),
            "amount": round(float(row[-1]), 2),
            "label": "fraud" if draws.random() < stretch.declined else "legit",
            "evidence": float(evidence[place]),
            "probability": stretch.probability,
            "novelty": float(draws.uniform(0, 100)),
        }
        for place, row in enumerate(values)
    ]
    await connection.execute(WRITE, rows)
    return at + timedelta(days=stretch.days)


def like_learned(model: Model, draws: np.random.Generator, number: int) -> np.ndarray:
    """Return values as the legit rows had them, column by column; (payments, columns), the amount last."""
    points = np.arange(101) / 100
    return np.column_stack(
        [np.interp(draws.random(number), points, quantiles) for quantiles in model.legit_quantiles]
    )


def like_calibrated(model: Model, draws: np.random.Generator, number: int) -> np.ndarray:
    """Return fraud evidence as the calibration part had it, shape (payments,)."""
    part = model.calibration
    assert part is not None
    kept = part.scores.evidence_fraud
    below = part.legits - int((~part.is_fraud).sum())
    is_below = draws.random(number) < below / (below + kept.size)
    return np.where(is_below, part.legit_floor - 3, draws.choice(kept, number))
