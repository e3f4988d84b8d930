"""Stored scores decided anew, one by one: an oracle for what was decided in batches."""

from typing import Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.transactions import SCORE_COLUMNS
from app.database.policies import policies
from app.database.server.session import transaction
from app.scoring.uncertainty import Scores
from app.triage.deciding import decide
from app.triage.labels import LABELS, REASONS, STANDINGS, Standing
from app.triage.policies.policy import Policy


async def policy_of(engine: AsyncEngine, policy_id: int) -> Policy:
    """Return the policy of a version, as the database holds it."""
    async with transaction(engine) as connection:
        return (await policies.by_id(connection, policy_id)).policy


def decided_anew(row: Any, policy: Policy) -> tuple[str, str]:
    """Decide one row with the columns of `scores`, an amount, and why there is no score where none is."""
    scores = Scores.empty(1)
    if row.evidence_fraud is None:
        standing = Standing(row.reason)
    else:
        numbers = {name: getattr(row, name) for name in SCORE_COLUMNS}
        columns = {name: None if number is None else np.array([number]) for name, number in numbers.items()}
        standing, scores = Standing.SCORED, Scores(**columns)  # type: ignore[arg-type]
    codes = np.array([STANDINGS.index(standing)], dtype=np.int8)
    decisions = decide(scores, codes, np.array([float(row.amount)]), policy)
    return LABELS[decisions.labels[0]].value, REASONS[decisions.reasons[0]].value
