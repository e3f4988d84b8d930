"""What became of a case's payment, beside the case itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_kept_from
from app.database.payments.truth import IS_LIVE, IS_UNDER_REVIEW, READER, TRUTH
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


MAY_BE_READ = text(f"""
SELECT NOT {is_kept_from("c", READER)} AND NOT ({READER} IS NOT NULL AND {IS_UNDER_REVIEW})
FROM cases c WHERE c.id = :case_id
""")


async def may_be_read(connection: AsyncConnection, case_id: int, *, reader_id: int | None) -> bool:
    """Whether a case exists for this reader; None: for one who judges nothing."""
    found = await connection.scalar(MAY_BE_READ, {"case_id": case_id, "reader": reader_id})
    return bool(found)


async def became(
    connection: AsyncConnection, transaction_key: int, *, as_of: datetime, reader_id: int | None
) -> Became:
    """Return what is known of a payment, as this reader may hear it."""
    parameters = {"transaction_key": transaction_key, "as_of": as_of, "reader": reader_id}
    row = (await connection.execute(BECAME, parameters)).mappings().one()
    return Became(
        is_live=row["is_live"],
        truth=GroundTruth(row["truth"]) if row["truth"] else None,
        truth_source=row["truth_source"],
        outcome=GroundTruth(row["outcome"]) if row["outcome"] else None,
        outcome_source=OutcomeSource(row["outcome_source"]) if row["outcome_source"] else None,
        cases=tuple(row["cases"]),
    )
