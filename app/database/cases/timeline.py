"""What happened to one case, in order: its payment, decisions, holds and verdicts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_kept_from
from app.database.cases.keeping.events import KEPT
from app.database.payments.outcomes import OUTCOME
from app.database.payments.truth import IS_LIVE, IS_UNDER_REVIEW, READER, TRUTH
from app.review.case import Judgement, VerdictReason
from app.review.outcome import GroundTruth, OutcomeSource
from app.review.timeline import Event, Happening
from app.triage.labels import Label, Reason

# Each source gives the same columns; `n` orders what happened at one moment. A reservation nobody looked at
# is no part of a case's life, and the end of a hold by a verdict or a wait is told by that.
TIMELINE = text(f"""
WITH this AS MATERIALIZED (SELECT * FROM cases WHERE id = CAST(:case_id AS bigint)),
happened (at, n, what, account_id, words, judgement, reason, decision_id) AS (
    SELECT t.received_at, 1, 'received', NULL::bigint, NULL::text, NULL::text, NULL::text, NULL::bigint
    FROM this JOIN transactions t ON t.id = this.transaction_id
    UNION ALL
    SELECT d.decided_at, 2, 'decided', NULL, NULL, NULL, NULL, d.id
    FROM this JOIN decisions d ON d.transaction_id = this.transaction_id
    UNION ALL
    SELECT opened_at, 3, 'opened', NULL, NULL, NULL, NULL, NULL FROM this
    UNION ALL
    SELECT claims.claimed_at, 6, 'claimed', claims.account_id, NULL, NULL, NULL, NULL
    FROM this JOIN claims ON claims.case_id = this.id
    LEFT JOIN claim_ends ended ON ended.token = claims.token
    WHERE ended.how IS DISTINCT FROM 'unopened'
    UNION ALL
    SELECT p.given_at, 7, 'first_said', p.account_id, NULL, p.judgement, NULL, NULL
    FROM this JOIN provisional_verdicts p ON p.case_id = this.id
    UNION ALL
    SELECT ended.ended_at, 5, ended.how, coalesce(ended.ended_by, claims.account_id), ended.reason, NULL,
        NULL, NULL
    FROM this JOIN claims ON claims.case_id = this.id JOIN claim_ends ended ON ended.token = claims.token
    WHERE ended.how NOT IN ('judged', 'unopened', 'closed', 'waits')
    UNION ALL
    SELECT g.judged_at, 8, 'given', g.account_id, g.note, g.judgement, g.reason, NULL
    FROM this JOIN pending_verdicts g ON g.case_id = this.id
    UNION ALL
    SELECT v.judged_at, 8,
        CASE WHEN v.corrects_id IS NOT NULL THEN 'corrected'
            WHEN v.judgement = 'escalate' THEN 'escalated' ELSE 'judged' END,
        v.account_id, v.note, v.judgement, v.reason, NULL
    FROM this JOIN verdicts v ON v.case_id = this.id
    UNION ALL
    SELECT x.exported_at, 10, 'exported', x.account_id, NULL, NULL, NULL, NULL
    FROM this JOIN case_exports x ON x.case_id = this.id
    UNION ALL
    SELECT closed_at, 9, 'closed', NULL, NULL, NULL, NULL, NULL FROM this WHERE state = 'closed'
),
kept AS ({KEPT}),
told AS (
    SELECT *, NULL::bigint AS whom_id, NULL::timestamptz AS until FROM happened
    UNION ALL
    SELECT at, n, what, account_id, words, NULL, NULL, NULL, whom_id, until FROM kept
)
SELECT h.at, h.what, accounts.display_name AS who, h.account_id AS who_id, h.words, h.judgement, h.reason,
    h.decision_id, d.policy_id, d.label, d.reason AS rule, whom.display_name AS whom, h.until
FROM told h
LEFT JOIN accounts ON accounts.id = h.account_id
LEFT JOIN accounts whom ON whom.id = h.whom_id
LEFT JOIN decisions d ON (d.transaction_id, d.id) = ((SELECT transaction_id FROM this), h.decision_id)
ORDER BY h.at, h.n, h.decision_id
""")


async def timeline(connection: AsyncConnection, case_id: int, now: datetime) -> list[Event]:
    """Return all that happened to a case until now, in order; nothing of other cases of its payment."""
    rows = await connection.execute(TIMELINE, {"case_id": case_id, "now": now})
    return [_event(row) for row in rows.mappings()]


def _event(row: RowMapping) -> Event:
    return Event(
        at=row["at"],
        what=Happening(row["what"]),
        who=row["who"],
        who_id=row["who_id"],
        words=row["words"],
        judgement=Judgement(row["judgement"]) if row["judgement"] else None,
        reason=VerdictReason(row["reason"]) if row["reason"] else None,
        decision_id=row["decision_id"],
        policy_id=row["policy_id"],
        label=Label(row["label"]) if row["label"] else None,
        rule=Reason(row["rule"]) if row["rule"] else None,
        whom=row["whom"],
        until=row["until"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOutcome:
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
{OUTCOME}
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
) -> KnownOutcome:
    """Return what is known of a payment, without what this reader may not know."""
    parameters = {"transaction_key": transaction_key, "as_of": as_of, "reader": reader_id}
    row = (await connection.execute(BECAME, parameters)).mappings().one()
    return KnownOutcome(
        is_live=row["is_live"],
        truth=GroundTruth(row["truth"]) if row["truth"] else None,
        truth_source=row["truth_source"],
        outcome=GroundTruth(row["outcome"]) if row["outcome"] else None,
        outcome_source=OutcomeSource(row["outcome_source"]) if row["outcome_source"] else None,
        cases=tuple(row["cases"]),
    )
