"""What payments read of history as they were decided, beside what the stored order gives offline."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
import orjson

from app.database.payments.history.keys import Fingerprints, fingerprints
from app.scoring.history.folding import FraudKnown, Step, fold
from app.scoring.history.packing import unpacked
from app.scoring.history.state import State
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import history_features, update_name
from app.scoring.transaction import Transaction
from app.workflows.payments.history.book import entries_of

PAYMENTS = """
SELECT t.id, t.client_id, t.transaction_id, t.occurred_at, t.amount, t.currency,
    t.attributes::text AS attributes, t.derived::text AS derived
FROM transactions t ORDER BY t.id
"""
FRAUDS = """
SELECT f.key, f.updates, f.count, t.occurred_at
FROM history_frauds f JOIN transactions t ON t.id = f.payment_id
"""
STATES = "SELECT key, updates, state FROM history_states WHERE key = ANY($1::uuid[])"


@dataclass(slots=True, kw_only=True)
class Mismatches:
    """What is not as the stored order of updates says; all of them nought where history is exact."""

    #: Values of payments that differ in their nine significant digits.
    values: int = 0
    #: Updates of a key that are missing, or there twice.
    updates: int = 0
    #: Keys whose state is another one than all of their updates give.
    states: int = 0
    #: How many values were compared.
    compared: int = 0

    def __add__(self, other: "Mismatches") -> "Mismatches":
        """Return both together."""
        return Mismatches(
            **{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)}
        )

    @property
    def total(self) -> int:
        """How many there are of all kinds."""
        return self.values + self.updates + self.states


@dataclass(slots=True)
class _Stored:
    """Payments and frauds of one history: of each key by the number of the update."""

    history: KeptHistory
    #: What stands under these numbers; a number that is there twice has two.
    updates: dict[UUID, list[tuple[int, Step | FraudKnown, list[float]]]] = field(default_factory=dict)
    keyless: list[tuple[Step, list[float]]] = field(default_factory=list)


async def mismatches(connection: asyncpg.Connection, histories: Sequence[KeptHistory]) -> Mismatches:
    """Fold all stored payments anew, each key in the order of its updates, and compare what was stored."""
    prints = await fingerprints(connection)
    stored = [_Stored(history) for history in histories]
    for row in await connection.fetch(PAYMENTS):
        _sort_in(row, stored, prints)
    for row in await connection.fetch(FRAUDS):
        _sort_fraud_in(row, stored)
    found = Mismatches()
    for each in stored:
        kept = {
            row["key"]: unpacked(each.history, row["state"])
            for row in await connection.fetch(STATES, list(each.updates))
        }
        found += _compared(each, kept)
    return found


def _sort_in(row: asyncpg.Record, stored: Sequence[_Stored], prints: Fingerprints) -> None:
    payment = Transaction(
        transaction_id=row["transaction_id"],
        client_id=row["client_id"],
        body_sha256=b"",
        occurred_at=row["occurred_at"],
        amount=row["amount"],
        currency=row["currency"],
        features={},
        attributes=orjson.loads(row["attributes"]),
        respond_by=None,
    )
    derived: dict[str, Any] = orjson.loads(row["derived"])
    entries = entries_of(payment, [each.history for each in stored], prints)
    by_history = {entry.history: entry for entry in entries}
    for each in stored:
        if each.history not in by_history:
            continue
        entry = by_history[each.history]
        names = [feature.name for feature in history_features(each.history)]
        # A value that is not there is none that the fold gives.
        values = [_number(derived[name]) if name in derived else np.inf for name in names]
        step = Step(key=None if entry.key is None else str(entry.key), payment=entry.payment)
        if entry.key is None:
            each.keyless.append((step, values))
        else:
            number = int(derived.get(update_name(each.history), 0))
            each.updates.setdefault(entry.key, []).append((number, step, values))


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _sort_fraud_in(row: asyncpg.Record, stored: Sequence[_Stored]) -> None:
    told = FraudKnown(key=str(row["key"]), seconds=row["occurred_at"].timestamp(), count=row["count"])
    for each in stored:
        if row["key"] in each.updates:
            each.updates[row["key"]].append((row["updates"], told, []))


def _compared(stored: _Stored, kept: dict[UUID, State]) -> Mismatches:
    steps: list[Step | FraudKnown] = [step for step, _ in stored.keyless]
    values = [each for _, each in stored.keyless]
    wrong_updates = 0
    for updates in stored.updates.values():
        updates.sort(key=lambda each: each[0])
        wrong_updates += sum(number != place for place, (number, _, _) in enumerate(updates, start=1))
        steps += [step for _, step, _ in updates]
        values += [each for _, step, each in updates if isinstance(step, Step)]
    states: dict[str, State] = {}
    folded = fold(stored.history, steps, states=states)
    as_stored = np.array(values).reshape(folded.shape)
    is_equal = (folded == as_stored) | (np.isnan(folded) & np.isnan(as_stored))
    return Mismatches(
        values=int((~is_equal).sum()),
        updates=wrong_updates,
        states=sum(kept.get(key) != states[str(key)] for key in stored.updates),
        compared=is_equal.size,
    )
