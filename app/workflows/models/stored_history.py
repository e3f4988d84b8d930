"""What stored payments read of a history: as it was kept with them, else by the same fold in stored order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import numpy as np
import orjson

from app.database.payments.history.keys import Fingerprints
from app.database.payments.history.stored import StoredSteps
from app.database.payments.known.evidence import heard_by
from app.database.payments.known.rows import StoredPayment
from app.database.server.session import driver_transaction
from app.review.truths.evidence import FRAUD, NOT_SAID
from app.scoring.history.reading import read
from app.scoring.history.state import Occurrence, State
from app.scoring.schema.columns import Column
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import history_features

Values = list[float | None]
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HistoryRead:
    """Columns by the feature's name, and which payments had not kept them."""

    columns: Mapping[str, Column]
    payments: frozenset[int]

    @property
    def folded(self) -> int:
        """How many payments had not kept what they would have read."""
        return len(self.payments)


async def read_of_history(
    connection: asyncpg.Connection,
    history: KeptHistory,
    prints: Fingerprints,
    rows: Sequence[StoredPayment],
    *,
    known_at: datetime,
) -> HistoryRead:
    """Return what payments read of a history before them, as much of frauds as was known at a moment."""
    names = [each.name for each in history_features(history)]
    values: dict[int, Values] = {}
    for row in rows:
        derived = orjson.loads(row.derived_json)
        if derived.keys() >= set(names):
            values[row.id] = [derived[name] for name in names]
    lacking = [row for row in rows if row.id not in values]
    if lacking:
        wanted = {row.id for row in lacking}
        values |= await _folded(connection, history, prints, wanted, known_at=known_at)
        values |= {row.id: _unkeyed(history, prints, row) for row in lacking if row.id not in values}
    table = np.array([values[row.id] for row in rows], dtype=np.float64).reshape(len(rows), len(names))
    columns = {
        name: Column(numbers=np.ascontiguousarray(table[:, place])) for place, name in enumerate(names)
    }
    return HistoryRead(columns=columns, payments=frozenset(row.id for row in lacking))


async def _folded(
    connection: asyncpg.Connection,
    history: KeptHistory,
    prints: Fingerprints,
    wanted: set[int],
    *,
    known_at: datetime,
) -> dict[int, Values]:
    """Fold all that is stored, a key at a time, and keep what the wanted payments read."""
    frauds = await _frauds(connection, known_at) if history.delay_days is not None else frozenset()
    steps = StoredSteps(connection, history, prints, oldest=EVER, known_at=known_at)
    await steps.begin()
    await steps.take(2**63 - 1)
    found: dict[int, Values] = {}
    key, state = UUID(int=0), State(history=history)
    async with driver_transaction(connection):
        async for step in steps.every():
            if step.key != key:
                key, state = step.key, State(history=history)
            if step.payment_id in wanted:
                found[step.payment_id] = read(state, step.payment)
            state.add(step.payment)
            if step.payment_id in frauds:
                state.know_fraud(step.payment.seconds, count=1)
    await steps.end()
    return found


async def _frauds(connection: asyncpg.Connection, known_at: datetime) -> frozenset[int]:
    """Return the frauds that keys were told of by a moment: reports before verdicts."""
    evidence = await heard_by(connection, known_at)
    said = np.where(evidence.reported != NOT_SAID, evidence.reported, evidence.judged)
    return frozenset(evidence.payment_ids[said == FRAUD].tolist())


def _unkeyed(history: KeptHistory, prints: Fingerprints, row: StoredPayment) -> Values:
    """Return what a payment reads that names no such entity."""
    attributes = orjson.loads(row.attributes_json)
    met = tuple(
        prints.partner(name, attributes[name]) if name in attributes else None for name in history.partners
    )
    payment = Occurrence(seconds=row.seconds, amount=row.amount, partners=met)
    return read(State(history=history), payment)
