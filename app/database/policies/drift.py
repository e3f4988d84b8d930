"""What is kept of a model's payments, so that nobody reads them again: bets, days, delays, what was told."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.scoring.arrays import Floats
from app.triage.drift.binned import MOST_BINS
from app.triage.drift.days import Arrived
from app.triage.drift.exchangeability import BETTORS, CELLS, STAKES, STRATA, DriftBets
from app.triage.drift.maturing import BANDS, BY_BAND, Matured


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDrift:
    """How far a model's payments have been read, and how the bets on them stand."""

    rule: str
    #: Received before this: counted; old enough: counted for the calibration; heard before this: delays.
    through: datetime
    matured_through: datetime
    heard_through: datetime
    bets: DriftBets


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftEvent:
    """Something was called changed."""

    subject: str
    reason: str
    happened_at: datetime


_COLUMNS = "rule, through, matured_through, heard_through, bets"
BEGIN = text(f"""
INSERT INTO drift_runs (model_version, {_COLUMNS})
VALUES (:version, :rule, :through, :matured_through, :heard_through, :bets)
ON CONFLICT (model_version) DO NOTHING
""")
READ = f"SELECT {_COLUMNS} FROM drift_runs WHERE model_version = :version"
HELD = text(f"{READ} FOR UPDATE SKIP LOCKED")
SAVE = text("""
UPDATE drift_runs SET rule = :rule, through = :through, matured_through = :matured_through,
    heard_through = :heard_through, bets = :bets
WHERE model_version = :version
""")
FORGET = tuple(
    text(f"DELETE FROM {table} WHERE model_version = :version")
    for table in ("drift_days", "drift_matured", "drift_delays")
)
_COUNTED = (
    *("payments", "scored", "review", "declined", "novel"),
    *("predicted", "predicted_approved", "predicted_declined", "sampled"),
)
DAYS = text(f"""
SELECT day, {", ".join(_COUNTED)}, counts FROM drift_days
WHERE model_version = :version AND day >= :since ORDER BY day
""")
SAVE_DAY = text(f"""
INSERT INTO drift_days (model_version, day, {", ".join(_COUNTED)}, counts)
VALUES (:version, :day, {", ".join(f":{name}" for name in _COUNTED)}, :counts)
ON CONFLICT (model_version, day) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in (*_COUNTED, "counts"))}
""")
MATURED = text("""
SELECT day, drawn, unanswered, bands FROM drift_matured
WHERE model_version = :version AND day >= :since ORDER BY day
""")
SAVE_MATURED = text("""
INSERT INTO drift_matured (model_version, day, drawn, unanswered, bands)
VALUES (:version, :day, :drawn, :unanswered, :bands)
ON CONFLICT (model_version, day) DO UPDATE SET drawn = excluded.drawn, unanswered = excluded.unanswered,
    bands = excluded.bands
""")
DELAYS = text("""
SELECT month, source, counts FROM drift_delays
WHERE model_version = :version AND month >= :since ORDER BY source, month
""")
SAVE_DELAY = text("""
INSERT INTO drift_delays (model_version, month, source, counts) VALUES (:version, :month, :source, :counts)
ON CONFLICT (model_version, month, source) DO UPDATE SET counts = excluded.counts
""")
RECORD = text("""
INSERT INTO drift_events (model_version, subject, reason, happened_at)
VALUES (:version, :subject, :reason, :happened_at)
""")
EVENTS = text("""
SELECT subject, reason, happened_at FROM drift_events
WHERE model_version = :version ORDER BY id DESC LIMIT :limit
""")


async def begin(connection: AsyncConnection, version: str, first: HeldDrift) -> None:
    """Keep a first run, unless there is one."""
    await connection.execute(BEGIN, {"version": version} | _written(first))


async def held(connection: AsyncConnection, version: str) -> HeldDrift | None:
    """Return the run, locked until commit; None: there is none, or another replica goes on with it."""
    row = (await connection.execute(HELD, {"version": version})).one_or_none()
    return None if row is None else _read(row)


async def read(connection: AsyncConnection, version: str) -> HeldDrift | None:
    """Return the run as it stands, without a lock."""
    row = (await connection.execute(text(READ), {"version": version})).one_or_none()
    return None if row is None else _read(row)


async def save(connection: AsyncConnection, version: str, run: HeldDrift) -> None:
    """Keep what became of a run that is held."""
    await connection.execute(SAVE, {"version": version} | _written(run))


async def begin_anew(connection: AsyncConnection, version: str, first: HeldDrift) -> None:
    """Let nothing have been counted in a run that is held."""
    for statement in FORGET:
        await connection.execute(statement, {"version": version})
    await save(connection, version, first)


async def days(connection: AsyncConnection, version: str, since: date) -> list[tuple[date, Arrived]]:
    """Return what arrived on each day since one, the oldest first."""
    return [
        (row.day, Arrived(counts=_counts(row.counts), **{name: getattr(row, name) for name in _COUNTED}))
        for row in await connection.execute(DAYS, {"version": version, "since": since})
    ]


async def save_day(connection: AsyncConnection, version: str, day: date, arrived: Arrived) -> None:
    """Keep what arrived on a day, of a run that is held."""
    told = {name: getattr(arrived, name) for name in _COUNTED}
    counts = arrived.counts.astype("<u4").tobytes()
    await connection.execute(SAVE_DAY, {"version": version, "day": day, "counts": counts} | told)


async def matured(connection: AsyncConnection, version: str, since: date) -> list[tuple[date, Matured]]:
    """Return what was old enough of each day since one, the oldest first."""
    rows = await connection.execute(MATURED, {"version": version, "since": since})
    return [(row.day, _matured(row)) for row in rows]


async def save_matured(connection: AsyncConnection, version: str, day: date, matured: Matured) -> None:
    """Keep what was old enough of a day, of a run that is held."""
    bands = np.concatenate([getattr(matured, name) for name in BY_BAND]).astype("<f8").tobytes()
    drawn = {"drawn": matured.drawn, "unanswered": matured.unanswered}
    await connection.execute(SAVE_MATURED, {"version": version, "day": day, "bands": bands} | drawn)


async def delays(connection: AsyncConnection, version: str, since: date) -> dict[tuple[str, date], Floats]:
    """Return how many truths of each source and month took how long, by source, then month."""
    rows = await connection.execute(DELAYS, {"version": version, "since": since})
    return {
        (row.source, row.month): np.frombuffer(row.counts, dtype="<u4").astype(np.float64) for row in rows
    }


async def save_delay(
    connection: AsyncConnection, version: str, key: tuple[str, date], counts: Floats
) -> None:
    """Keep how long the truths of a source and month took, of a run that is held."""
    source, month = key
    told = {"version": version, "month": month, "source": source, "counts": counts.astype("<u4").tobytes()}
    await connection.execute(SAVE_DELAY, told)


async def record(connection: AsyncConnection, version: str, event: DriftEvent) -> None:
    """Append that something was called changed."""
    told = {"subject": event.subject, "reason": event.reason, "happened_at": event.happened_at}
    await connection.execute(RECORD, {"version": version} | told)


async def events(connection: AsyncConnection, version: str, *, limit: int) -> list[DriftEvent]:
    """Return what was called changed, the newest first."""
    rows = await connection.execute(EVENTS, {"version": version, "limit": limit})
    return [DriftEvent(subject=row.subject, reason=row.reason, happened_at=row.happened_at) for row in rows]


#: The arrays of the bets, each with what one quantity has of it.
_SHAPES = {
    "spread": (STAKES.size,),
    "cells": (CELLS,),
    **dict.fromkeys(("wealth", "product", "least", "least_at"), (BETTORS,)),
    "alarmed_at": (),
    "changed_at": (),
}


def _written(run: HeldDrift) -> dict[str, Any]:
    arrays = [getattr(run.bets, name).astype("<f8").tobytes() for name in _SHAPES]
    begun = np.array([run.bets.payments, run.bets.alarmed_at.size], dtype="<i8").tobytes()
    return {
        "rule": run.rule,
        "through": run.through,
        "matured_through": run.matured_through,
        "heard_through": run.heard_through,
        "bets": b"".join([begun, *arrays, run.bets.counts.astype("<u4").tobytes()]),
    }


def _read(row: Row[Any]) -> HeldDrift:
    return HeldDrift(
        rule=row.rule,
        through=row.through,
        matured_through=row.matured_through,
        heard_through=row.heard_through,
        bets=_bets(row.bets),
    )


def _bets(kept: bytes) -> DriftBets:
    payments, quantities = (int(each) for each in np.frombuffer(kept, dtype="<i8", count=2))
    at, arrays = 16, {}
    for name, shape in _SHAPES.items():
        whole = (quantities, *shape)
        size = int(np.prod(whole))
        arrays[name] = np.frombuffer(kept, dtype="<f8", count=size, offset=at).reshape(whole).astype(float)
        at += 8 * size
    counts = np.frombuffer(kept, dtype="<u4", offset=at).reshape(STRATA, quantities, MOST_BINS)
    return DriftBets(payments=payments, counts=counts.astype(np.uint32), **arrays)


def _counts(kept: bytes) -> Floats:
    return np.frombuffer(kept, dtype="<u4").reshape(-1, MOST_BINS).astype(np.float64)


def _matured(row: Row[Any]) -> Matured:
    columns = np.frombuffer(row.bands, dtype="<f8").astype(np.float64).reshape(-1, len(BANDS))
    by_band = dict(zip(BY_BAND, columns, strict=True))
    return Matured(**by_band, drawn=row.drawn, unanswered=row.unanswered)
