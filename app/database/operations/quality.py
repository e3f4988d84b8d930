"""What was judged in a window, as the figures of quality need it: exact, few statements, one snapshot."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.access.people import Role
from app.review.outcome import GroundTruth
from app.review.quality.blind_first import Cell
from app.review.quality.people import Work
from app.review.quality.said import GoldAnswer, Pair, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From one moment until before another."""

    since: datetime
    until: datetime

    def parameters(self) -> dict[str, datetime]:
        """Return what the statements of this module and its neighbours are given."""
        return {"since": self.since, "until": self.until}


SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

#: Joins `v`, a verdict, and `c`, its case, to the last word of others on it. A correction counts against its
#: verdict when somebody else made it and it says something else; of several on a case the last one counts.
#: For a page of verdicts, by indexes.
LAST_WORDS = """
LEFT JOIN LATERAL (
    SELECT account_id, judgement FROM verdicts
    WHERE case_id = v.case_id AND corrects_id IS NOT NULL ORDER BY id DESC LIMIT 1
) corrected ON true
LEFT JOIN cases ruling ON ruling.first_case_id = coalesce(c.first_case_id, c.id) AND ruling.kind = 'ruling'
    AND c.kind IN ('unknown', 'audit', 'second')
LEFT JOIN LATERAL (
    SELECT account_id, judgement FROM verdicts
    WHERE case_id = ruling.id AND judgement <> 'escalate' ORDER BY id DESC LIMIT 1
) ruled ON true
"""
# The same for all verdicts of a window: few are ever contradicted, so those are read once.
ALL_LAST_WORDS = """
LEFT JOIN (
    SELECT DISTINCT ON (case_id) case_id, account_id, judgement FROM verdicts
    WHERE corrects_id IS NOT NULL ORDER BY case_id, id DESC
) corrected ON corrected.case_id = v.case_id
LEFT JOIN (
    SELECT DISTINCT ON (ruling.first_case_id) ruling.first_case_id, said.account_id, said.judgement
    FROM cases ruling JOIN verdicts said ON said.case_id = ruling.id AND said.judgement <> 'escalate'
    WHERE ruling.kind = 'ruling' AND ruling.first_case_id IS NOT NULL
    ORDER BY ruling.first_case_id, said.id DESC
) ruled ON ruled.first_case_id = coalesce(c.first_case_id, c.id)
"""
#: Of these a colleague may say otherwise: the truth of gold is known, and a ruling is the last word.
OPEN_TO_CONTRADICTION = "c.kind IN ('unknown', 'audit', 'second') AND v.judgement <> 'escalate'"
OVERTURNED = f"""{OPEN_TO_CONTRADICTION} AND (
    corrected.judgement <> v.judgement AND corrected.account_id <> v.account_id
    OR ruled.judgement <> v.judgement AND ruled.account_id <> v.account_id
)"""
#: Verdicts `v` of the window that people gave on the review page; corrections are not made there.
JUDGED = "v.judged_at >= :since AND v.judged_at < :until AND v.corrects_id IS NULL"

# A group took one look: it is one judgement, as long as its longest verdict, and overturned when any of its
# verdicts is.
WORKS = text(f"""
WITH judgements AS (
    SELECT v.account_id, count(*) AS cases, max(v.judged_at) AS judged_at,
        max(greatest(v.milliseconds_to_decide - v.hidden_milliseconds, 0)) AS milliseconds,
        bool_and(v.judgement = 'escalate') AS is_escalated,
        bool_or({OPEN_TO_CONTRADICTION}) AS is_final, bool_or({OVERTURNED}) AS is_overturned
    FROM verdicts v JOIN cases c ON c.id = v.case_id {ALL_LAST_WORDS}
    WHERE {JUDGED}
    GROUP BY v.account_id, v.group_id, CASE WHEN v.group_id IS NULL THEN v.id END
)
SELECT j.account_id, a.display_name AS name, a.role, CAST(sum(j.cases) AS bigint) AS cases,
    count(*) FILTER (WHERE j.is_escalated) AS escalated,
    count(DISTINCT CAST(j.judged_at AT TIME ZONE 'UTC' AS date)) AS days,
    array_agg(j.milliseconds) AS milliseconds,
    count(*) FILTER (WHERE j.is_final) AS final, count(*) FILTER (WHERE j.is_overturned) AS overturned
FROM judgements j JOIN accounts a ON a.id = j.account_id
WHERE a.role <> 'system'
GROUP BY j.account_id, a.display_name, a.role
ORDER BY a.display_name, j.account_id
""")
PAIRS = text(f"""
SELECT c.first_case_id AS case_id, c.drawn_with,
    f.account_id AS first_account_id, f.group_id AS first_group_id, f.judgement AS first_judgement,
    v.account_id AS second_account_id, v.group_id AS second_group_id, v.judgement AS second_judgement,
    r.id IS NOT NULL AS has_ruling, said.judgement AS ruled
FROM verdicts v
JOIN cases c ON c.id = v.case_id AND c.kind = 'second'
JOIN verdicts f ON f.case_id = c.first_case_id AND f.corrects_id IS NULL AND f.judgement <> 'escalate'
LEFT JOIN cases r ON r.first_case_id = c.first_case_id AND r.kind = 'ruling'
LEFT JOIN LATERAL (
    SELECT judgement FROM verdicts WHERE case_id = r.id AND judgement <> 'escalate' ORDER BY id DESC LIMIT 1
) said ON true
WHERE {JUDGED} AND v.judgement <> 'escalate'
ORDER BY c.first_case_id
""")
GOLD = text(f"""
SELECT v.account_id, v.group_id, v.judgement, c.truth,
    greatest(v.milliseconds_to_decide - v.hidden_milliseconds, 0) AS milliseconds
FROM verdicts v JOIN cases c ON c.id = v.case_id AND c.kind = 'gold'
WHERE {JUDGED} AND v.judgement <> 'escalate'
ORDER BY c.id
""")
#: Joins `v` and `c` to what was drawn, what the same person said first, and what was reported last. A
#: verdict on a group saw no case alone: the draw decided nothing.
DRAWN = """
JOIN blind_draws b ON b.case_id = v.case_id AND b.probability > 0 AND b.probability < 1
LEFT JOIN LATERAL (
    SELECT judgement FROM provisional_verdicts
    WHERE case_id = v.case_id AND account_id = v.account_id AND given_at <= v.judged_at
    ORDER BY given_at LIMIT 1
) before ON b.is_blind
LEFT JOIN LATERAL (
    SELECT label FROM standing_labels WHERE transaction_id = c.transaction_id
    ORDER BY learned_at DESC, id DESC LIMIT 1
) reported ON true
"""
ALONE = "v.group_id IS NULL AND v.judgement <> 'escalate'"
CELLS = text(f"""
SELECT b.probability, b.is_blind, before.judgement AS provisional, v.judgement AS final,
    coalesce(c.truth, reported.label) AS truth, c.kind = 'gold' AS is_gold, count(*) AS cases
FROM verdicts v JOIN cases c ON c.id = v.case_id {DRAWN}
WHERE {JUDGED} AND {ALONE}
GROUP BY 1, 2, 3, 4, 5, 6
""")


async def one_snapshot(connection: AsyncConnection) -> None:
    """Let all that this transaction reads be of one moment."""
    await connection.execute(SNAPSHOT)


async def works(connection: AsyncConnection, span: Span) -> tuple[Work, ...]:
    """Return what each person judged."""
    rows = await connection.execute(WORKS, span.parameters())
    return tuple(Work(**{**row, "role": Role(row["role"])}) for row in rows.mappings())


async def pairs(connection: AsyncConnection, span: Span) -> tuple[Pair, ...]:
    """Return the cases that got their second verdict in the window, by case."""
    rows = await connection.execute(PAIRS, span.parameters())
    return tuple(
        Pair(
            case_id=row.case_id,
            first=_said(row.first_account_id, row.first_group_id, row.first_judgement),
            second=_said(row.second_account_id, row.second_group_id, row.second_judgement),
            drawn_with=row.drawn_with,
            has_ruling=row.has_ruling,
            ruled=_truth(row.ruled),
        )
        for row in rows
    )


async def gold_answers(connection: AsyncConnection, span: Span) -> tuple[GoldAnswer, ...]:
    """Return the verdicts on control cases, by case."""
    rows = await connection.execute(GOLD, span.parameters())
    return tuple(
        GoldAnswer(
            said=_said(row.account_id, row.group_id, row.judgement),
            truth=GroundTruth(row.truth),
            milliseconds=row.milliseconds,
        )
        for row in rows
    )


async def cells(connection: AsyncConnection, span: Span) -> tuple[Cell, ...]:
    """Return the judged cases whose blindness chance decided, counted by all that matters."""
    rows = await connection.execute(CELLS, span.parameters())
    return tuple(
        Cell(
            probability=row.probability,
            is_blind=row.is_blind,
            provisional=_truth(row.provisional),
            final=GroundTruth(row.final),
            truth=_truth(row.truth),
            is_gold=row.is_gold,
            cases=row.cases,
        )
        for row in rows
    )


def _said(account_id: int, group_id: int | None, judgement: str) -> Said:
    return Said(account_id=account_id, group_id=group_id, judgement=GroundTruth(judgement))


def _truth(told: str | None) -> GroundTruth | None:
    return None if told is None else GroundTruth(told)
