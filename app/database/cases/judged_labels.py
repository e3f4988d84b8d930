"""Verdicts as labels to train on: one row a payment, each with its weight."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.outcome import GroundTruth
from app.review.training_weights import training_weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgedLabels:
    """Judged payments as columns, each of shape (payments,), oldest verdict first."""

    transaction_keys: NDArray[np.int64]
    is_fraud: NDArray[np.bool_]
    #: 1 / how many were judged with it at once.
    weights: NDArray[np.float64]


# A correction was made for one case alone: it is a judgement of its own, and its group is the smaller for it.
STANDING = text("""
SELECT transaction_id, judgement, group_id FROM standing_verdicts
WHERE judged_at >= :since AND judged_at < :until ORDER BY judged_at, id
""")


async def judged_labels(connection: AsyncConnection, since: datetime, until: datetime) -> JudgedLabels:
    """Return the verdicts that stand, given from one moment until before another."""
    rows = (await connection.execute(STANDING, {"since": since, "until": until})).all()
    return JudgedLabels(
        transaction_keys=np.array([row.transaction_id for row in rows], dtype=np.int64),
        is_fraud=np.array([row.judgement == GroundTruth.FRAUD for row in rows], dtype=np.bool_),
        weights=training_weights([row.group_id for row in rows]),
    )
