"""Telling the keys of payments what is true of these: a fraud counts once, and no more when it is none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from app.database.payments.history import frauds, rebuilds, states
from app.database.payments.history.frauds import CountedFraud
from app.database.payments.history.keys import Fingerprints
from app.database.payments.history.rebuilds import Reached
from app.database.payments.history.states import MovedState
from app.scoring.history.packing import packed, unpacked
from app.scoring.history.state import State
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import update_name

#: Payments whose keys are locked together; a payment of one of them waits meanwhile.
BATCH_PAYMENTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What one key should count of one payment."""

    history: KeptHistory
    key: UUID
    payment_id: int
    #: When it occurred, since 1970.
    seconds: float
    is_fraud: bool


async def tell_keys(
    connection: asyncpg.Connection,
    payments: Sequence[int],
    histories: Sequence[KeptHistory],
    prints: Fingerprints,
    now: datetime,
) -> None:
    """Lock the keys, then ask what is true and what is counted: nobody else tells them meanwhile.

    In one transaction of the caller's; at most `BATCH_PAYMENTS`.
    """
    reached = await rebuilds.reached(connection)
    before = list(_wanted(await frauds.truths(connection, payments), histories, prints, reached))
    if not before:
        return
    held = await states.locked(connection, {each.key: each.history.entity for each in before})
    wanted = _wanted(await frauds.truths(connection, payments), histories, prints, reached)
    counted = await frauds.counted(connection, payments)
    found: list[CountedFraud] = []
    moved: dict[UUID, State] = {}
    for each in wanted:
        is_counted = (each.key, each.payment_id) in counted
        if each.is_fraud == is_counted:
            continue
        state = moved.get(each.key) or unpacked(each.history, held[each.key])
        count = 1 if each.is_fraud else -1
        state.know_fraud(each.seconds, count=count)
        moved[each.key] = state
        found.append(
            CountedFraud(key=each.key, updates=state.updates, payment_id=each.payment_id, count=count)
        )
    if found:
        await frauds.count(connection, found, now)
        await states.write(connection, [moved_state(key, state) for key, state in moved.items()])


def moved_state(key: UUID, state: State) -> MovedState:
    """Return a state as it is kept."""
    return MovedState(key=key, updates=state.updates, latest=state.latest, content=packed(state))


def _wanted(
    rows: Sequence[asyncpg.Record],
    histories: Sequence[KeptHistory],
    prints: Fingerprints,
    reached: Reached,
) -> Iterator[_Wanted]:
    """Give what each key should count, of the payments that are in its history."""
    for row in rows:
        attributes, derived = orjson.loads(row["attributes"]), orjson.loads(row["derived"])
        for history in histories:
            if history.currency != row["currency"] or history.entity not in attributes:
                continue
            if update_name(history) in derived or reached.holds(history, row["id"]):
                yield _Wanted(
                    history=history,
                    key=prints.key(history, attributes[history.entity]),
                    payment_id=row["id"],
                    seconds=row["occurred_at"].timestamp(),
                    is_fraud=row["is_fraud"],
                )
