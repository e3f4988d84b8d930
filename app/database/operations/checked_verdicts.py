"""Verdicts of a window beside truths of others, and beside the model's score: counted by all that matters."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.operations.quality import JUDGED, Span
from app.review.outcome import GroundTruth
from app.review.quality.analysts_and_model import EDGES, Band, Called
from app.review.quality.measured import Checked

# Of a group's verdicts the first by case speaks: it was one judgement.
_ONCE = "v.account_id, coalesce(v.group_id, -v.id)"
CONTROLS = text(f"""
SELECT said, truth, CAST(1 AS double precision) AS chance, count(*) AS cases
FROM (
    SELECT DISTINCT ON ({_ONCE}) v.judgement AS said, c.truth
    FROM verdicts v JOIN cases c ON c.id = v.case_id AND c.kind = 'gold'
    WHERE {JUDGED} AND v.judgement <> 'escalate'
    ORDER BY {_ONCE}, c.id
) once
GROUP BY 1, 2, 3
""")
# A verdict of the review range beside what settled it: a colleague who agrees, else a ruling; else open.
# Neither a group of the first's verdicts nor one of the second's counts more than once.
SECONDS = text(f"""
WITH firsts AS (
    SELECT DISTINCT ON (f.account_id, coalesce(f.group_id, -f.id)) f.judgement AS said,
        c.drawn_with AS chance, v.judgement AS second, v.account_id, v.group_id, v.id, c.first_case_id
    FROM verdicts v
    JOIN cases c ON c.id = v.case_id AND c.kind = 'second' AND c.drawn_with > 0
    JOIN cases o ON o.id = c.first_case_id AND o.kind = 'unknown'
    JOIN verdicts f ON f.case_id = o.id AND f.corrects_id IS NULL AND f.judgement <> 'escalate'
    WHERE {JUDGED} AND v.judgement <> 'escalate'
    ORDER BY f.account_id, coalesce(f.group_id, -f.id), c.first_case_id
), pairs AS (
    SELECT DISTINCT ON ({_ONCE}) v.* FROM firsts v ORDER BY {_ONCE}, v.first_case_id
)
SELECT p.said, CASE WHEN p.said = p.second THEN p.second ELSE ruled.judgement END AS truth, p.chance,
    count(*) AS cases
FROM pairs p
LEFT JOIN LATERAL (
    SELECT said.judgement FROM cases r JOIN verdicts said ON said.case_id = r.id
    WHERE r.first_case_id = p.first_case_id AND r.kind = 'ruling' AND said.judgement <> 'escalate'
        AND said.judged_at < :until
    ORDER BY said.id DESC LIMIT 1
) ruled ON true
GROUP BY 1, 2, 3
""")
#: Joins `c` to what a source said of its payment after a moment, as it was known at the window's end.
_HEARD_AFTER = """
LEFT JOIN LATERAL (
    SELECT l.label, l.propensity FROM labels l
    WHERE l.transaction_id = c.transaction_id AND l.label <> 'withdrawn' AND l.learned_at >= {moment}
        AND l.recorded_at < :until AND NOT EXISTS (
            SELECT 1 FROM labels w
            WHERE w.transaction_id = l.transaction_id AND w.source = l.source AND w.label = 'withdrawn'
                AND w.recorded_at < :until AND (w.learned_at, w.id) > (l.learned_at, l.id)
        )
    ORDER BY l.learned_at DESC, l.id DESC LIMIT 1
) heard ON true"""
# Verdicts of one age; of what was known before a verdict it could have been a copy.
REPORTS = text(f"""
SELECT said, truth, chance, count(*) AS cases
FROM (
    SELECT DISTINCT ON ({_ONCE}) v.judgement AS said, heard.label AS truth, heard.propensity AS chance
    FROM verdicts v JOIN cases c ON c.id = v.case_id AND c.kind = 'unknown' {
    _HEARD_AFTER.format(moment="v.judged_at")
}
    WHERE v.judged_at >= CAST(:since AS timestamptz) - CAST(:age AS interval)
        AND v.judged_at < CAST(:until AS timestamptz) - CAST(:age AS interval)
        AND v.corrects_id IS NULL AND v.judgement <> 'escalate'
        AND NOT EXISTS (
            SELECT 1 FROM labels l WHERE l.transaction_id = c.transaction_id AND l.recorded_at < v.judged_at
        )
    ORDER BY {_ONCE}, c.id
) once
GROUP BY 1, 2, 3
""")
BANDS = text(f"""
SELECT width_bucket(probability, CAST(:edges AS double precision[])) AS place, said, count(*) AS cases,
    sum(probability) AS expected, count(*) FILTER (WHERE probability >= 0.5) AS model_says_fraud
FROM (
    SELECT DISTINCT ON ({_ONCE}) v.judgement AS said, d.probability
    FROM verdicts v JOIN cases c ON c.id = v.case_id AND c.kind = 'unknown'
    JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, c.decision_id)
    WHERE {JUDGED} AND v.judgement <> 'escalate' AND d.probability IS NOT NULL
    ORDER BY {_ONCE}, c.id
) once
GROUP BY 1, 2
""")
# What somebody said of a case alone before its score was shown, beside that score.
CALLED = text(f"""
SELECT first.judgement AS person, d.probability >= 0.5 AS model_says_fraud,
    coalesce(c.truth, heard.label) AS truth, c.kind = 'gold' AS is_control, count(*) AS cases
FROM verdicts v
JOIN cases c ON c.id = v.case_id AND c.kind IN ('unknown', 'gold')
JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, c.decision_id)
JOIN LATERAL (
    SELECT judgement, given_at FROM provisional_verdicts
    WHERE case_id = v.case_id AND account_id = v.account_id AND given_at <= v.judged_at
    ORDER BY given_at LIMIT 1
) first ON true {_HEARD_AFTER.format(moment="first.given_at")}
WHERE {JUDGED} AND v.group_id IS NULL AND d.probability IS NOT NULL
    AND coalesce(c.truth, heard.label) IS NOT NULL
GROUP BY 1, 2, 3, 4
""")


async def controls(connection: AsyncConnection, span: Span) -> tuple[Checked, ...]:
    """Return the verdicts on control cases."""
    return _checked(await connection.execute(CONTROLS, span.parameters()))


async def seconds(connection: AsyncConnection, span: Span) -> tuple[Checked, ...]:
    """Return first verdicts of the review range that got their second review in the window."""
    return _checked(await connection.execute(SECONDS, span.parameters()))


async def reports(connection: AsyncConnection, span: Span, age: timedelta) -> tuple[Checked, ...]:
    """Return verdicts of the review range beside what was reported later, heard of or not.

    The window lies so much earlier: reports take their time.
    """
    return _checked(await connection.execute(REPORTS, {**span.parameters(), "age": age}))


async def bands(connection: AsyncConnection, span: Span) -> tuple[Band, ...]:
    """Return verdicts of the review range by band of the model's probability."""
    rows = await connection.execute(BANDS, {**span.parameters(), "edges": list(EDGES)})
    return tuple(
        Band(
            place=row.place,
            said=GroundTruth(row.said),
            cases=row.cases,
            expected=row.expected,
            model_says_fraud=row.model_says_fraud,
        )
        for row in rows
    )


async def called(connection: AsyncConnection, span: Span) -> tuple[Called, ...]:
    """Return what people said before they saw the score, beside it, of cases whose truth is known."""
    rows = await connection.execute(CALLED, span.parameters())
    return tuple(
        Called(
            person=GroundTruth(row.person),
            model=GroundTruth.FRAUD if row.model_says_fraud else GroundTruth.LEGIT,
            truth=GroundTruth(row.truth),
            is_control=row.is_control,
            cases=row.cases,
        )
        for row in rows
    )


def _checked(rows: Iterable[Row[Any]]) -> tuple[Checked, ...]:
    return tuple(
        Checked(
            said=GroundTruth(row.said),
            truth=None if row.truth is None else GroundTruth(row.truth),
            chance=row.chance,
            cases=row.cases,
        )
        for row in rows
    )
