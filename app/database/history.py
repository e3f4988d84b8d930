"""Stored scores as columns: what tuning looks back on."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.scoring.uncertainty import Scores
from app.triage.labels import STANDINGS, Codes, Standing
from app.triage.simulation.replay import LabelCounts

Floats = NDArray[np.float64]

# The columns `decide` reads; what it does not read stays in the database.
READ = ("evidence_fraud", "evidence_legit", "spread", "novelty")
# One process holds at most this many rows for one simulation: the newest ones of the window.
MOST_ROWS = 300_000

# What is known of a transaction: what was reported of it, else what a person judged.
PAST = text("""
WITH truth AS (
    SELECT DISTINCT ON (transaction_id) transaction_id, label
    FROM (
        SELECT transaction_id, label, 1 AS rank, learned_at FROM labels
        UNION ALL
        SELECT cases.transaction_id, verdicts.judgement, 2, verdicts.judged_at
        FROM verdicts JOIN cases ON cases.id = verdicts.case_id WHERE verdicts.judgement <> 'escalate'
    ) known
    ORDER BY transaction_id, rank, learned_at DESC
)
SELECT d.reason = 'currency_unsupported' AS is_foreign, s.evidence_fraud, s.evidence_legit, s.spread,
    s.novelty, truth.label
FROM decisions d
LEFT JOIN scores s ON s.id = d.score_id AND s.model_version = :model_version
LEFT JOIN truth ON truth.transaction_id = d.transaction_id
WHERE d.decided_at >= :since AND d.attempt = 1 AND (s.id IS NOT NULL OR d.reason = 'currency_unsupported')
ORDER BY d.decided_at DESC LIMIT :limit
""")
COUNT_LABELS = text("""
SELECT count(*) FILTER (WHERE label = 'fraud') AS fraud, count(*) FILTER (WHERE label = 'legit') AS legit,
    count(*) FILTER (WHERE label = 'unknown') AS unknown
FROM decisions WHERE decided_at >= :since AND attempt = 1
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Past transactions as columns of shape (transactions,), newest first."""

    scores: Scores
    standings: Codes
    is_known_fraud: NDArray[np.bool_]
    is_known_legit: NDArray[np.bool_]


async def past(connection: AsyncConnection, *, model_version: str, since: datetime) -> Past:
    """Return what one model version scored since a moment, with what is known of it since."""
    result = await connection.execute(
        PAST, {"model_version": model_version, "since": since, "limit": MOST_ROWS}
    )
    rows = result.all()
    is_foreign, *columns, labels = zip(*rows, strict=True) if rows else ((),) * 6
    numbers = {name: np.array(column, dtype=np.float64) for name, column in zip(READ, columns, strict=True)}
    codes = np.where(
        np.array(is_foreign, dtype=np.bool_),
        STANDINGS.index(Standing.CURRENCY_UNSUPPORTED),
        STANDINGS.index(Standing.SCORED),
    )
    return Past(
        scores=_only_read(numbers),
        standings=codes.astype(np.int8),
        is_known_fraud=np.array([label == "fraud" for label in labels], dtype=np.bool_),
        is_known_legit=np.array([label == "legit" for label in labels], dtype=np.bool_),
    )


async def label_counts(connection: AsyncConnection, since: datetime) -> LabelCounts:
    """Return what the machine answered since a moment."""
    row = (await connection.execute(COUNT_LABELS, {"since": since})).one()
    return LabelCounts(fraud=row.fraud, legit=row.legit, unknown=row.unknown)


def _only_read(numbers: dict[str, Floats]) -> Scores:
    """Return scores whose unread columns are NaN."""
    unread = Scores.empty(numbers["evidence_fraud"].size)
    legit = numbers["evidence_legit"]
    return Scores(
        evidence_fraud=numbers["evidence_fraud"],
        evidence_legit=None if np.isnan(legit).all() else legit,
        spread=numbers["spread"],
        novelty=numbers["novelty"],
        margin=unread.margin,
        interval_low=unread.interval_low,
        interval_high=unread.interval_high,
        probability=unread.probability,
        entropy=unread.entropy,
        expected_entropy=unread.expected_entropy,
        mutual_information=unread.mutual_information,
        predictive_variance=unread.predictive_variance,
    )
