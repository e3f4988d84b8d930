"""What is kept from whom, in SQL: the rule of `app.review.blindness`, and reviews of one's own verdicts."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.review import BlindDrawRow


def is_blind(case: str, decision: str) -> str:
    """Return SQL that says whether the row `case`, whose decision is the row `decision`, is judged blind.

    A case chance has not drawn yet is hidden.
    """
    return f"""(CASE
        WHEN {case}.kind = 'audit' OR {decision}.label <> 'unknown' THEN true
        WHEN NOT {decision}.is_scored THEN false
        WHEN {case}.kind <> 'unknown' THEN true
        ELSE NOT EXISTS (
            SELECT 1 FROM blind_draws drawn WHERE drawn.case_id = {case}.id AND NOT drawn.is_blind
        )
    END)"""


def is_hidden(case: str, decision: str) -> str:
    """Return SQL for whether a case's score is hidden now: it is blind and not decided."""
    return f"({case}.state IN ('open', 'escalated', 'given') AND {is_blind(case, decision)})"


def is_kept_from(case: str, account: str) -> str:
    """Return SQL that says whether a case looks at what this account judged: it may not hear of that.

    `account` may be NULL: then nothing is kept.
    """
    return f"""(
        {account} IS NOT NULL AND (
            {case}.not_for IS NOT DISTINCT FROM {account}
            OR ({case}.first_case_id IS NOT NULL AND EXISTS (
                SELECT 1 FROM verdicts mine
                WHERE mine.case_id = {case}.first_case_id AND mine.account_id = {account}
            ))
        )
    )"""


def has_said(case: str, account: str) -> str:
    """Return SQL for whether an account has said what it thinks of a case: fraud or legit, first or final."""
    said = " UNION ALL ".join(
        f"SELECT 1 FROM {table} said WHERE said.case_id = {case}.id AND said.account_id = {account}"
        " AND said.judgement <> 'escalate'"
        for table in ("provisional_verdicts", "pending_verdicts", "verdicts")
    )
    return f"EXISTS ({said})"


def hides_discussion(case: str, decision: str, reader: str) -> str:
    """Return SQL for `app.review.blindness.hides_discussion`; `reader` is who may judge, or NULL."""
    hides = f"({case}.kind IN ('gold', 'second', 'ruling') OR {is_blind(case, decision)})"
    return f"({_may_judge_unheard(case, reader)} AND {hides})"


def hides_words(case: str, decision: str, reader: str) -> str:
    """Return SQL for `app.review.blindness.hides_words`; `reader` is who may judge, or NULL."""
    hides = f"(NOT {decision}.is_scored OR {is_blind(case, decision)})"
    return f"({_may_judge_unheard(case, reader)} AND {hides})"


def _may_judge_unheard(case: str, reader: str) -> str:
    return f"""(
        {reader} IS NOT NULL AND {case}.state IN ('open', 'escalated', 'given')
        AND NOT {has_said(case, reader)}
    )"""


async def draw_blind(
    connection: AsyncConnection, case_id: int, *, is_blind: bool, probability: float, now: datetime
) -> None:
    """Keep a draw of chance; what was drawn first stays."""
    values = {"case_id": case_id, "is_blind": is_blind, "probability": probability, "drawn_at": now}
    await connection.execute(upsert(BlindDrawRow).values(values).on_conflict_do_nothing())


UNDRAWN = text("""
SELECT c.id FROM cases c JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, c.decision_id)
WHERE c.state IN ('open', 'escalated', 'given') AND c.kind = 'unknown' AND d.label = 'unknown'
    AND d.is_scored AND NOT EXISTS (SELECT 1 FROM blind_draws b WHERE b.case_id = c.id)
ORDER BY c.id
""")
DRAW_ALL = text("""
INSERT INTO blind_draws (case_id, is_blind, probability, drawn_at)
SELECT id, drawn, :share, :now
FROM unnest(CAST(:case_ids AS bigint[]), CAST(:drawn AS boolean[])) AS wanted(id, drawn)
ON CONFLICT DO NOTHING
""")


async def undrawn(connection: AsyncConnection) -> list[int]:
    """Return the cases that opened before chance drew them as they opened."""
    return list((await connection.execute(UNDRAWN)).scalars())


async def draw_all(
    connection: AsyncConnection,
    case_ids: Sequence[int],
    *,
    share: float,
    draws: np.random.Generator,
    now: datetime,
) -> None:
    """Draw these cases, and keep what was drawn."""
    drawn = (draws.random(len(case_ids)) < share).tolist()
    await connection.execute(
        DRAW_ALL, {"case_ids": list(case_ids), "drawn": drawn, "share": share, "now": now}
    )
