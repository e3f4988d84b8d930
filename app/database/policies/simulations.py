"""Simulations that were kept with a version: what its author saw, and what its signer signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.people import AccountRow
from app.database.tables.policies import PolicySimulationRow
from app.triage.guard_rails import Guard, GuardWarning

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationRecord:
    """What is kept of a simulation, as plain values."""

    window_start: datetime
    window_end: datetime
    decisions: int
    result: Document
    statement: Document | None
    warnings: tuple[GuardWarning, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSimulation:
    """A kept simulation, with when and by whom it was computed."""

    id: int
    policy_id: int
    record: SimulationRecord
    computed_at: datetime
    computed_by: str


async def add(
    connection: AsyncConnection,
    policy_id: int,
    record: SimulationRecord,
    *,
    account_id: int,
    now: datetime,
) -> int:
    """Keep a simulation and return its id."""
    values = {
        "policy_id": policy_id,
        "window_start": record.window_start,
        "window_end": record.window_end,
        "decisions": record.decisions,
        "result": record.result,
        "statement": record.statement,
        "warnings": [{"guard": each.guard.value, "sentence": each.sentence} for each in record.warnings],
        "computed_at": now,
        "computed_by": account_id,
    }
    kept = await connection.execute(
        insert(PolicySimulationRow).values(values).returning(PolicySimulationRow.id)
    )
    simulation_id: int = kept.scalar_one()
    return simulation_id


async def newest(connection: AsyncConnection, policy_id: int) -> StoredSimulation | None:
    """Return the newest simulation of a version, or None."""
    wanted = (
        select(PolicySimulationRow.__table__, AccountRow.display_name.label("account"))
        .join(AccountRow, AccountRow.id == PolicySimulationRow.computed_by)
        .where(PolicySimulationRow.policy_id == policy_id)
        .order_by(PolicySimulationRow.id.desc())
        .limit(1)
    )
    row = (await connection.execute(wanted)).mappings().one_or_none()
    if row is None:
        return None
    return StoredSimulation(
        id=row["id"],
        policy_id=row["policy_id"],
        record=SimulationRecord(
            window_start=row["window_start"],
            window_end=row["window_end"],
            decisions=row["decisions"],
            result=row["result"],
            statement=row["statement"],
            warnings=_warnings(row["warnings"]),
        ),
        computed_at=row["computed_at"],
        computed_by=row["account"],
    )


def _warnings(stored: Sequence[Document]) -> tuple[GuardWarning, ...]:
    return tuple(GuardWarning(guard=Guard(each["guard"]), sentence=each["sentence"]) for each in stored)
