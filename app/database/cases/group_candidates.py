"""The most urgent cases, among which linked cases are found, and what excludes a case from a group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_blind
from app.database.keeping import is_for_all
from app.database.leases import is_held
from app.triage.labels import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCandidate:
    """An open case that is free, with what a group's list shows of it."""

    case_id: int
    decision_id: int
    priority_key: float
    #: In the transaction's currency.
    expected_loss: float
    opened_at: datetime
    occurred_at: datetime
    amount: Decimal
    currency: str
    attributes: Mapping[str, str]
    #: Still JSON: parsed off the event loop.
    features_json: str
    reason: Reason
    #: None where no model scored it.
    evidence: float | None
    probability: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEligibility:
    """What decides, beside a case's own row, whether it may be judged in a group."""

    attributes: Mapping[str, str]
    respond_by: datetime | None
    amount: Decimal
    currency: str
    is_blind: bool


# The inner part walks the queue's index and stops; what is held, handed over, judged blind, or a look at
# other people's verdicts is passed over.
HEAD = text(f"""
SELECT head.id AS case_id, head.decision_id, head.priority_key, head.expected_loss, head.opened_at,
    t.occurred_at, t.amount, t.currency, t.attributes, (t.features || t.derived)::text AS features_json,
    d.reason, d.evidence_fraud AS evidence, d.probability
FROM (
    SELECT * FROM cases
    WHERE NOT (SELECT {is_blind("cases", "d")} FROM decisions d
        WHERE (d.transaction_id, d.id) = (cases.transaction_id, cases.decision_id))
        AND state = 'open' AND kind = 'unknown'
        AND NOT {is_held("cases", "CAST(:now AS timestamptz)")}
        AND (offered_until IS NULL OR offered_until <= CAST(:now AS timestamptz))
        AND {is_for_all("cases")}
    ORDER BY priority_key DESC, id LIMIT CAST(:most AS bigint)
) head
JOIN transactions t ON t.id = head.transaction_id
JOIN decisions d ON (d.transaction_id, d.id) = (head.transaction_id, head.decision_id)
ORDER BY head.priority_key DESC, head.id
""")
FACTS = text(f"""
SELECT c.id, t.attributes, t.respond_by, t.amount, t.currency, {is_blind("c", "d")} AS is_blind
FROM cases c
JOIN transactions t ON t.id = c.transaction_id
JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, c.decision_id)
WHERE c.id = ANY(CAST(:case_ids AS bigint[]))
""")


async def head(connection: AsyncConnection, now: datetime, *, most: int) -> list[GroupCandidate]:
    """Return the most urgent free unknowns, in the queue's order."""
    rows = await connection.execute(HEAD, {"now": now, "most": most})
    return [GroupCandidate(**{**row, "reason": Reason(row["reason"])}) for row in rows.mappings()]


async def facts(connection: AsyncConnection, case_ids: Sequence[int]) -> dict[int, GroupEligibility]:
    """Return the facts of these cases, by case; ask when their rows are locked."""
    rows = await connection.execute(FACTS, {"case_ids": list(case_ids)})
    return {
        row["id"]: GroupEligibility(
            attributes=row["attributes"],
            respond_by=row["respond_by"],
            amount=row["amount"],
            currency=row["currency"],
            is_blind=row["is_blind"],
        )
        for row in rows.mappings()
    }
