"""How promises stand: what is kept of each policy's frauds, and what happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Row, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.guarantees import GuaranteeEventRow
from app.scoring.arrays import Floats
from app.triage.guarantee.standing import GuaranteeRun, Standing, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRun:
    """A policy's run, locked until commit."""

    rule: str
    #: Payments received before this have entered.
    through: datetime
    run: GuaranteeRun


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeEvent:
    """A promise stands otherwise than before."""

    policy_id: int
    standing: Standing
    frauds: int
    missed: int
    reason: str
    happened_at: datetime


_COLUMNS = """rule, through, frauds, missed, drawn, unanswered, kept, broken, certified_frauds, certified_at,
    alarmed_frauds, alarmed_at"""
BEGIN = text(f"""
INSERT INTO guarantee_runs (policy_id, {_COLUMNS})
VALUES (:policy_id, :rule, :through, :frauds, :missed, :drawn, :unanswered, :kept, :broken,
    :certified_frauds, :certified_at, :alarmed_frauds, :alarmed_at)
ON CONFLICT (policy_id) DO NOTHING
""")
HELD = text(f"SELECT {_COLUMNS} FROM guarantee_runs WHERE policy_id = :policy_id FOR UPDATE SKIP LOCKED")
READ = text(f"SELECT {_COLUMNS} FROM guarantee_runs WHERE policy_id = :policy_id")
SAVE = text("""
UPDATE guarantee_runs SET rule = :rule, through = :through, frauds = :frauds, missed = :missed,
    drawn = :drawn, unanswered = :unanswered, kept = :kept, broken = :broken,
    certified_frauds = :certified_frauds, certified_at = :certified_at,
    alarmed_frauds = :alarmed_frauds, alarmed_at = :alarmed_at
WHERE policy_id = :policy_id
""")
FIRST_ACTIVE = text("""
SELECT min(happened_at) FROM policy_events WHERE policy_id = :policy_id AND state = 'active'
""")


async def first_active_at(connection: AsyncConnection, policy_id: int) -> datetime | None:
    """Return when a policy first began to decide; None: it never did."""
    found: datetime | None = await connection.scalar(FIRST_ACTIVE, {"policy_id": policy_id})
    return found


async def begin(connection: AsyncConnection, policy_id: int, held: HeldRun) -> None:
    """Keep a first run, unless there is one."""
    await connection.execute(BEGIN, {"policy_id": policy_id} | _written(held))


async def held(connection: AsyncConnection, policy_id: int) -> HeldRun | None:
    """Return the run, locked until commit; None: there is none, or another replica goes on with it."""
    row = (await connection.execute(HELD, {"policy_id": policy_id})).one_or_none()
    return None if row is None else _read(row)


async def read(connection: AsyncConnection, policy_id: int) -> HeldRun | None:
    """Return the run as it stands, without a lock."""
    row = (await connection.execute(READ, {"policy_id": policy_id})).one_or_none()
    return None if row is None else _read(row)


async def save(connection: AsyncConnection, policy_id: int, held: HeldRun) -> None:
    """Keep what became of a run that is held."""
    await connection.execute(SAVE, {"policy_id": policy_id} | _written(held))


async def record(connection: AsyncConnection, event: GuaranteeEvent) -> None:
    """Append that a promise stands otherwise."""
    await connection.execute(
        insert(GuaranteeEventRow).values(
            policy_id=event.policy_id,
            standing=event.standing,
            frauds=event.frauds,
            missed=event.missed,
            reason=event.reason,
            happened_at=event.happened_at,
        )
    )


async def events(connection: AsyncConnection, policy_id: int, *, limit: int) -> list[GuaranteeEvent]:
    """Return what happened to a policy's promise, the newest first."""
    wanted = (
        select(GuaranteeEventRow.__table__)
        .where(GuaranteeEventRow.policy_id == policy_id)
        .order_by(GuaranteeEventRow.id.desc())
        .limit(limit)
    )
    return [
        GuaranteeEvent(
            policy_id=row.policy_id,
            standing=row.standing,
            frauds=row.frauds,
            missed=row.missed,
            reason=row.reason,
            happened_at=row.happened_at,
        )
        for row in await connection.execute(wanted)
    ]


def _written(held: HeldRun) -> dict[str, Any]:
    run = held.run
    return {
        "rule": held.rule,
        "through": held.through,
        "frauds": run.frauds,
        "missed": run.missed,
        "drawn": run.drawn,
        "unanswered": run.unanswered,
        "kept": run.kept.astype("<f8").tobytes(),
        "broken": run.broken.astype("<f8").tobytes(),
        "certified_frauds": run.certified and run.certified.frauds,
        "certified_at": run.certified and run.certified.at,
        "alarmed_frauds": run.alarmed and run.alarmed.frauds,
        "alarmed_at": run.alarmed and run.alarmed.at,
    }


def _read(row: Row[Any]) -> HeldRun:
    run = GuaranteeRun(
        frauds=row.frauds,
        missed=row.missed,
        drawn=row.drawn,
        unanswered=row.unanswered,
        kept=_wealth(row.kept),
        broken=_wealth(row.broken),
        certified=_verdict(row.certified_frauds, row.certified_at),
        alarmed=_verdict(row.alarmed_frauds, row.alarmed_at),
    )
    return HeldRun(rule=row.rule, through=row.through, run=run)


def _wealth(stored: bytes) -> Floats:
    return np.frombuffer(stored, dtype="<f8").astype(np.float64)


def _verdict(frauds: int | None, at: datetime | None) -> Verdict | None:
    return None if frauds is None or at is None else Verdict(frauds=frauds, at=at)
