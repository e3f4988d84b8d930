"""What somebody decided, the newest first, with what the payments turned out to be."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.outcomes import OUTCOME
from app.database.payments.truth import IS_LIVE, TRUTH
from app.review.case import Judgement, VerdictReason
from app.review.outcome import GroundTruth, OutcomeSource


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnVerdict:
    """One verdict of somebody, its payment, and what was heard of that."""

    id: int
    case_id: int
    judgement: Judgement
    reason: VerdictReason | None
    note: str | None
    judged_at: datetime
    is_correction: bool
    #: A later verdict took its place.
    is_replaced: bool
    payment_key: int
    transaction_id: str
    amount: Decimal
    currency: str
    #: Somebody is still to judge the payment: then neither outcome nor truth is told.
    is_live: bool
    outcome: GroundTruth | None
    outcome_source: OutcomeSource | None
    truth: GroundTruth | None
    truth_source: str | None


# The index of verdicts by account and moment leads; a page ends where it ends.
OWN = text(f"""
WITH mine AS MATERIALIZED (
    SELECT v.id, v.case_id, v.judgement, v.reason, v.note, v.judged_at, v.corrects_id
    FROM verdicts v
    WHERE v.account_id = CAST(:account_id AS bigint)
        AND (CAST(:before AS bigint) IS NULL OR (v.judged_at, v.id) < (
            SELECT b.judged_at, b.id FROM verdicts b
            WHERE b.id = CAST(:before AS bigint) AND b.account_id = CAST(:account_id AS bigint)
        ))
    ORDER BY v.judged_at DESC, v.id DESC LIMIT :most
)
SELECT mine.id, mine.case_id, mine.judgement, mine.reason, mine.note, mine.judged_at,
    mine.corrects_id IS NOT NULL AS is_correction,
    EXISTS (SELECT 1 FROM verdicts newer WHERE newer.corrects_id = mine.id) AS is_replaced,
    t.id AS payment_key, t.transaction_id, t.amount, t.currency, {IS_LIVE} AS is_live,
    o.outcome, o.source AS outcome_source, truth.label AS truth, truth.source AS truth_source
FROM mine JOIN cases c ON c.id = mine.case_id JOIN transactions t ON t.id = c.transaction_id
{TRUTH} {OUTCOME}
ORDER BY mine.judged_at DESC, mine.id DESC
""")


async def own_verdicts(
    connection: AsyncConnection, account_id: int, *, as_of: datetime, most: int, before: int | None
) -> list[OwnVerdict]:
    """Return somebody's own verdicts below one of theirs, the newest first.

    What they are still to judge themselves, or could be, is told without what it was.
    """
    parameters = {
        "account_id": account_id,
        "reader": account_id,
        "as_of": as_of,
        "most": most,
        "before": before,
    }
    return [_verdict(row) for row in (await connection.execute(OWN, parameters)).mappings()]


def _verdict(row: RowMapping) -> OwnVerdict:
    is_told = not row["is_live"]
    return OwnVerdict(
        **{
            **row,
            "judgement": Judgement(row["judgement"]),
            "reason": VerdictReason(row["reason"]) if row["reason"] else None,
            "outcome": GroundTruth(row["outcome"]) if is_told and row["outcome"] else None,
            "outcome_source": OutcomeSource(row["outcome_source"])
            if is_told and row["outcome_source"]
            else None,
            "truth": GroundTruth(row["truth"]) if is_told and row["truth"] else None,
            "truth_source": row["truth_source"] if is_told else None,
        }
    )
