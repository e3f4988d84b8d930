"""What was heard of payments by a moment: reports without those withdrawn, verdicts as corrected by then."""

from dataclasses import fields
from datetime import datetime

import asyncpg
import numpy as np

from app.review.truths.evidence import Evidence, ReportingSource, Silence
from app.triage.labels import LABELS

#: Of approved payments without a word, so many are drawn: more teach little.
MOST_SILENT = 200_000

_LABEL = " ".join(f"WHEN '{label.value}' THEN {code}" for code, label in enumerate(LABELS))
_TRUTH = "CASE {} WHEN 'legit' THEN 0 WHEN 'fraud' THEN 1 ELSE -1 END"
_EPOCH = "extract(epoch FROM {})::double precision"

# $1: the moment. A report counts from when it was recorded; a correction takes the place of its verdict.
HEARD = """
WITH reports AS (
    SELECT l.* FROM labels l
    WHERE l.recorded_at <= $1 AND l.label <> 'withdrawn' AND NOT EXISTS (
        SELECT 1 FROM labels w
        WHERE w.transaction_id = l.transaction_id AND w.source = l.source AND w.label = 'withdrawn'
            AND w.recorded_at <= $1 AND (w.learned_at, w.id) > (l.learned_at, l.id)
    )
),
reported AS (
    SELECT DISTINCT ON (transaction_id) transaction_id, label, source, learned_at,
        max(propensity) OVER (PARTITION BY transaction_id) AS chance
    FROM reports ORDER BY transaction_id, learned_at DESC, id DESC
),
said AS (
    SELECT v.id, v.case_id, v.judgement, v.judged_at, v.group_id, c.kind, c.transaction_id, c.first_case_id
    FROM verdicts v JOIN cases c ON c.id = v.case_id
    WHERE v.judged_at <= $1 AND v.judgement <> 'escalate'
        AND NOT EXISTS (SELECT 1 FROM verdicts n WHERE n.corrects_id = v.id AND n.judged_at <= $1)
),
judged AS (
    SELECT DISTINCT ON (transaction_id) * FROM said WHERE kind IN ('unknown', 'audit')
    ORDER BY transaction_id, judged_at DESC, id DESC
),
looked_again AS (
    SELECT DISTINCT ON (again.first_case_id, again.kind) again.first_case_id, again.kind, again.judgement
    FROM said again JOIN judged ON judged.case_id = again.first_case_id
    WHERE again.kind IN ('second', 'ruling') AND (again.judged_at, again.id) > (judged.judged_at, judged.id)
    ORDER BY again.first_case_id, again.kind, again.judged_at DESC, again.id DESC
),
heard AS (SELECT transaction_id FROM reported UNION SELECT transaction_id FROM judged)
"""
_COLUMNS = {
    "payment_ids": "p.id",
    "occurred_at": _EPOCH.format("p.occurred_at"),
    "decided": f"CASE p.label {_LABEL} END",
    "reported": _TRUTH.format("reported.label"),
    "report_sources": "coalesce(reported.source, '')",
    "reported_at": f"coalesce({_EPOCH.format('reported.learned_at')}, 'NaN')",
    "report_chances": "coalesce(reported.chance, 'NaN')",
    "judged": _TRUTH.format("judged.judgement"),
    "judged_at": f"coalesce({_EPOCH.format('judged.judged_at')}, 'NaN')",
    "judged_chances": "p.label_propensity",
    "group_ids": "coalesce(judged.group_id, 0)",
    "is_audit": "coalesce(judged.kind = 'audit', false)",
    "second": _TRUTH.format("second.judgement"),
    "ruling": _TRUTH.format("ruling.judgement"),
}
EVIDENCE = f"""
{HEARD}
SELECT {", ".join(f"{sql} AS {name}" for name, sql in _COLUMNS.items())}
FROM heard JOIN payments p ON p.id = heard.transaction_id
LEFT JOIN reported ON reported.transaction_id = p.id
LEFT JOIN judged ON judged.transaction_id = p.id
LEFT JOIN looked_again second ON second.first_case_id = judged.case_id AND second.kind = 'second'
LEFT JOIN looked_again ruling ON ruling.first_case_id = judged.case_id AND ruling.kind = 'ruling'
WHERE p.received_at <= $1
    AND p.occurred_at >= coalesce($2, '-infinity'::timestamptz)
    AND p.occurred_at < coalesce($3, 'infinity'::timestamptz)
ORDER BY p.id
"""
AT_WORK = f"""
SELECT {_EPOCH.format("min(p.occurred_at)")} AS since, {_EPOCH.format("max(l.learned_at)")} AS newest
FROM labels l JOIN payments p ON p.id = l.transaction_id
WHERE l.source = $1 AND l.recorded_at <= $2 AND l.label <> 'withdrawn'
"""
# What is drawn is the same each time: it goes by a hash of the payment.
SILENT = f"""
{HEARD}
SELECT p.id, {_EPOCH.format("p.occurred_at")} AS occurred_at, count(*) OVER () AS among
FROM payments p
WHERE p.received_at <= $1 AND p.label = 'legit'
    AND p.occurred_at >= coalesce($2, '-infinity'::timestamptz)
    AND p.occurred_at < coalesce($3, 'infinity'::timestamptz)
    AND p.occurred_at BETWEEN to_timestamp($4) AND to_timestamp($5)
    AND NOT EXISTS (SELECT 1 FROM heard WHERE heard.transaction_id = p.id)
ORDER BY hashint8extended(p.id, 0), p.id LIMIT $6
"""


async def heard_by(
    connection: asyncpg.Connection,
    known_at: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Evidence:
    """Return what was heard by a moment of payments that occurred from `since` on and before `until`."""
    rows = await connection.fetch(EVIDENCE, known_at, since, until)
    return Evidence.of({each.name: [row[each.name] for row in rows] for each in fields(Evidence)})


async def at_work(
    connection: asyncpg.Connection, source: str, *, share: float, delay_days: float, known_at: datetime
) -> ReportingSource | None:
    """Return over which payments a source spoke that reports this share of frauds; None: it never did.

    `delay_days`: so long it may take.
    """
    row = await connection.fetchrow(AT_WORK, source, known_at)
    if row is None or row["since"] is None:
        return None
    until = row["newest"] - delay_days * 86_400
    return ReportingSource(name=source, share=share, since=row["since"], until=until)


async def silent_by(
    connection: asyncpg.Connection,
    source: ReportingSource,
    known_at: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    most: int = MOST_SILENT,
) -> Silence:
    """Return approved payments of which nothing was heard by a moment while a source was at work."""
    bounds = (known_at, since, until, source.since, source.until, most)
    rows = await connection.fetch(SILENT, *bounds)
    return Silence(
        payment_ids=np.array([row["id"] for row in rows], dtype=np.int64),
        occurred_at=np.array([row["occurred_at"] for row in rows], dtype=np.float64),
        chance=len(rows) / rows[0]["among"] if rows else 1.0,
    )
