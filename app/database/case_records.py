"""What became of a case's payment, beside the case itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.known import IS_LIVE, TRUTH
from app.review.outcome import GroundTruth, OutcomeSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """What is known of a payment by now."""

    #: Some case of it is not over yet.
    is_live: bool
    truth: GroundTruth | None
    truth_source: str | None
    outcome: GroundTruth | None
    outcome_source: OutcomeSource | None
    #: Numbers of all its cases.
    cases: tuple[int, ...]


BECAME = text(f"""
SELECT {IS_LIVE} AS is_live, truth.label AS truth, truth.source AS truth_source, o.outcome,
    o.source AS outcome_source,
    ARRAY(SELECT id FROM cases WHERE cases.transaction_id = t.id ORDER BY id) AS cases
FROM transactions t {TRUTH}
LEFT JOIN outcomes o ON o.transaction_id = t.id
WHERE t.id = :transaction_key
""")


async def became(connection: AsyncConnection, transaction_key: int, *, as_of: datetime) -> Became:
    """Return what is known of a payment."""
    parameters = {"transaction_key": transaction_key, "as_of": as_of}
    row = (await connection.execute(BECAME, parameters)).mappings().one()
    return Became(
        is_live=row["is_live"],
        truth=GroundTruth(row["truth"]) if row["truth"] else None,
        truth_source=row["truth_source"],
        outcome=GroundTruth(row["outcome"]) if row["outcome"] else None,
        outcome_source=OutcomeSource(row["outcome_source"]) if row["outcome_source"] else None,
        cases=tuple(row["cases"]),
    )
