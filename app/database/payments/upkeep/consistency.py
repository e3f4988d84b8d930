"""What foreign keys proved when they were there: nothing points to a payment that is missing."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Months that were detached took their payments with them: what points there is no orphan.
_MISSING = """
SELECT count(*) FROM {table} r
WHERE {key} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.id = {key})
    AND (r.{column} >> 36 = 0 OR EXISTS (
        SELECT 1 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'payments'::regclass AND c.relname = 'payments_'
            || to_char(make_date(2000 + ((r.{column} >> 36) - 1)::integer / 12,
                1 + ((r.{column} >> 36) - 1)::integer % 12, 1), 'YYYY_MM')
    ))
"""
_DECISION = """
SELECT count(*) FROM {table} r{cases}
WHERE r.decision_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM decisions d WHERE (d.transaction_id, d.id) = ({payment}, r.decision_id)
) AND EXISTS (SELECT 1 FROM payments p WHERE p.id = {payment})
"""
_BY_CASE = " JOIN cases c ON c.id = r.case_id"
POINTING = ("cases", "labels", "later_decisions", "later_outcomes", "shadow_decisions", "shadow_scores")
DECIDING = ("claims", "verdicts", "pending_verdicts", "group_proposal_cases")
#: What each question counts; every answer is 0 in a database that nobody else wrote to.
QUESTIONS: dict[str, str] = {
    **{
        f"rows of {table} whose payment is missing": _MISSING.format(
            table=table, key="r.transaction_id", column="transaction_id"
        )
        for table in POINTING
    },
    "keys whose payment is missing": _MISSING.format(
        table="payment_keys", key="r.payment_id", column="payment_id"
    ),
    "cases whose decision is missing": _DECISION.format(table="cases", cases="", payment="r.transaction_id"),
    **{
        f"rows of {table} whose decision is missing": _DECISION.format(
            table=table, cases=_BY_CASE, payment="c.transaction_id"
        )
        for table in DECIDING
    },
    "payments without their key": """
SELECT count(*) FROM payments p WHERE NOT EXISTS (
    SELECT 1 FROM payment_keys k
    WHERE k.key = payment_identity(p.client_id, p.transaction_id) AND k.payment_id = p.id
)""",
    "unknown payments without a case": """
SELECT count(*) FROM payments p
WHERE p.label = 'unknown' AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.transaction_id = p.id)""",
    "payments of an unknown client": """
SELECT count(*) FROM payments p WHERE NOT EXISTS (SELECT 1 FROM clients c WHERE c.id = p.client_id)""",
    "payments decided by an unknown policy": """
SELECT count(*) FROM payments p WHERE NOT EXISTS (SELECT 1 FROM policies x WHERE x.id = p.policy_id)""",
    "features that do not fit their list": """
SELECT count(*) FROM payments p LEFT JOIN feature_lists f ON f.id = p.feature_list
WHERE f.id IS NULL OR cardinality(f.names) <> cardinality(p.features)""",
    "outcomes settled twice": """
SELECT count(*) FROM later_outcomes o JOIN payments p ON p.id = o.transaction_id
WHERE p.position IS NOT NULL""",
    "payments outside the month of their key": """
SELECT count(*) FROM payments p WHERE p.id >> 36 > 0 AND p.id >> 36 <> payment_base(p.received_at) >> 36""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Rows that should not be there."""

    what: str
    rows: int


async def breaches(connection: AsyncConnection) -> list[Breach]:
    """Ask every question of the whole database, which reads all payments; return what was found."""
    found = []
    for what, question in QUESTIONS.items():
        rows: int = await connection.scalar(text(question))
        if rows:
            found.append(Breach(what=what, rows=rows))
    return found
