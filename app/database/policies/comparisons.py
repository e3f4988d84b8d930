"""How versions in shadow compare: what is kept of each, and the slices of payments that have entered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.scoring.arrays import Floats
from app.triage.betting.mean import MeanInterval
from app.triage.betting.paired import Comparison, PairedResult


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldComparison:
    """How a version compares with one champion under one rule."""

    rule: str
    #: The model that decided.
    champion: str
    #: Payments received before this have entered.
    through: datetime
    payments: int = 0
    frauds: int = 0
    drawn: int = 0
    unanswered: int = 0
    #: Of the first `compared` payments; None: of none yet.
    result: PairedResult | None = None
    compared: int = 0


_COLUMNS = """rule, champion, through, payments, frauds, drawn, unanswered, verdict, saved, saved_low,
    saved_high, compared"""
BEGIN = text(f"""
INSERT INTO shadow_comparisons (policy_id, {_COLUMNS})
VALUES (:policy_id, :rule, :champion, :through, 0, 0, 0, 0, NULL, NULL, NULL, NULL, 0)
ON CONFLICT (policy_id) DO NOTHING
""")
HELD = text(f"SELECT {_COLUMNS} FROM shadow_comparisons WHERE policy_id = :policy_id FOR UPDATE SKIP LOCKED")
READ = text(f"SELECT {_COLUMNS} FROM shadow_comparisons WHERE policy_id = :policy_id")
SAVE = text("""
UPDATE shadow_comparisons SET rule = :rule, champion = :champion, through = :through, payments = :payments,
    frauds = :frauds, drawn = :drawn, unanswered = :unanswered, verdict = :verdict, saved = :saved,
    saved_low = :saved_low, saved_high = :saved_high, compared = :compared
WHERE policy_id = :policy_id
""")
FORGET_SLICES = text("DELETE FROM shadow_comparison_slices WHERE policy_id = :policy_id")
ADD_SLICE = text("""
INSERT INTO shadow_comparison_slices (policy_id, since, saved) VALUES (:policy_id, :since, :saved)
""")
SLICES = text("SELECT saved FROM shadow_comparison_slices WHERE policy_id = :policy_id ORDER BY since")


async def begin(connection: AsyncConnection, policy_id: int, first: HeldComparison) -> None:
    """Keep a comparison that nothing has entered, unless there is one."""
    told = {"rule": first.rule, "champion": first.champion, "through": first.through}
    await connection.execute(BEGIN, {"policy_id": policy_id} | told)


async def held(connection: AsyncConnection, policy_id: int) -> HeldComparison | None:
    """Return the comparison, locked until commit; None: there is none, or another replica goes on with it."""
    row = (await connection.execute(HELD, {"policy_id": policy_id})).one_or_none()
    return None if row is None else _read(row)


async def read(connection: AsyncConnection, policy_id: int) -> HeldComparison | None:
    """Return the comparison as it stands, without a lock."""
    row = (await connection.execute(READ, {"policy_id": policy_id})).one_or_none()
    return None if row is None else _read(row)


async def save(connection: AsyncConnection, policy_id: int, comparison: HeldComparison) -> None:
    """Keep what became of a comparison that is held."""
    await connection.execute(SAVE, {"policy_id": policy_id} | _written(comparison))


async def begin_anew(connection: AsyncConnection, policy_id: int, first: HeldComparison) -> None:
    """Let nothing have entered a comparison that is held."""
    await connection.execute(FORGET_SLICES, {"policy_id": policy_id})
    await save(connection, policy_id, first)


async def add_slice(connection: AsyncConnection, policy_id: int, since: datetime, saved: Floats) -> None:
    """Keep what some arrivals say, shape (payments,), of a comparison that is held."""
    values = {"policy_id": policy_id, "since": since, "saved": saved.astype("<f8").tobytes()}
    await connection.execute(ADD_SLICE, values)


async def entered(connection: AsyncConnection, policy_id: int) -> Floats:
    """Return what all that entered says, in order of arrival, shape (payments,)."""
    kept = b"".join(await connection.scalars(SLICES, {"policy_id": policy_id}))
    return np.frombuffer(kept, dtype="<f8").astype(np.float64)


def _written(comparison: HeldComparison) -> dict[str, Any]:
    result = comparison.result
    return {
        "rule": comparison.rule,
        "champion": comparison.champion,
        "through": comparison.through,
        "payments": comparison.payments,
        "frauds": comparison.frauds,
        "drawn": comparison.drawn,
        "unanswered": comparison.unanswered,
        "verdict": result and result.verdict.value,
        "saved": result and result.saved.mean,
        "saved_low": result and result.saved.low,
        "saved_high": result and result.saved.high,
        "compared": comparison.compared,
    }


def _read(row: Row[Any]) -> HeldComparison:
    return HeldComparison(
        rule=row.rule,
        champion=row.champion,
        through=row.through,
        payments=row.payments,
        frauds=row.frauds,
        drawn=row.drawn,
        unanswered=row.unanswered,
        result=_result(row),
        compared=row.compared,
    )


def _result(row: Row[Any]) -> PairedResult | None:
    if row.verdict is None:
        return None
    saved = MeanInterval(mean=row.saved, low=row.saved_low, high=row.saved_high)
    return PairedResult(verdict=Comparison(row.verdict), saved=saved, truths=row.frauds)
