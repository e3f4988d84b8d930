"""Tells the keys of a payment that it was a fraud once that is known; it is read when the delay is over."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.history import frauds, states
from app.database.payments.history.frauds import CountedFraud
from app.database.payments.history.keys import Fingerprints, fingerprints
from app.database.payments.history.states import MovedState
from app.database.server.session import driver_statement, driver_transaction
from app.scoring.history.packing import packed, unpacked
from app.scoring.history.state import State
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import update_name
from app.workflows.models.serving import Serving
from app.workflows.payments.history.book import histories_in_force

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


class FraudMaturing:
    """Runs on every replica; what one has counted, the others find counted."""

    def __init__(self, statements: AsyncEngine, serving: Serving, *, clock: Callable[[], datetime]) -> None:
        self._statements = statements
        self._serving = serving
        self._clock = clock
        self._prints: Fingerprints | None = None

    async def tick(self) -> None:
        """Look once at what became known; raises `DatabaseUnavailable`."""
        kept = histories_in_force(self._serving.pair, self._serving.shadows)
        histories = [each for each in kept if each.delay_days is not None]
        if not histories:
            return
        async with driver_statement(self._statements) as connection:
            heard = await frauds.heard(connection)
            prints = self._prints = self._prints or await fingerprints(connection)
            for begin in range(0, len(heard.payments), BATCH_PAYMENTS):
                part = heard.payments[begin : begin + BATCH_PAYMENTS]
                await self._counted(connection, part, histories, prints)
            if heard.next_xact > heard.xact:
                await frauds.move(connection, heard.next_xact)

    async def _counted(
        self,
        connection: asyncpg.Connection,
        payments: Sequence[int],
        histories: Sequence[KeptHistory],
        prints: Fingerprints,
    ) -> None:
        """Count in one transaction, again while somebody else begins one of the keys."""
        while True:
            try:
                async with driver_transaction(connection):
                    return await self._count(connection, payments, histories, prints)
            except states.KeysBegun:
                continue

    async def _count(
        self,
        connection: asyncpg.Connection,
        payments: Sequence[int],
        histories: Sequence[KeptHistory],
        prints: Fingerprints,
    ) -> None:
        """Lock the keys, then ask what is true and what is counted: nobody else tells them meanwhile."""
        before = list(_wanted(await frauds.truths(connection, payments), histories, prints))
        if not before:
            return
        held = await states.locked(connection, {each.key: each.history.entity for each in before})
        wanted = _wanted(await frauds.truths(connection, payments), histories, prints)
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
            await frauds.count(connection, found, self._clock())
            await states.write(
                connection,
                [
                    MovedState(key=key, updates=state.updates, latest=state.latest, content=packed(state))
                    for key, state in moved.items()
                ],
            )


def _wanted(
    rows: Sequence[asyncpg.Record], histories: Sequence[KeptHistory], prints: Fingerprints
) -> Iterator[_Wanted]:
    """Give what each key should count, of the payments that entered its history."""
    for row in rows:
        attributes, derived = orjson.loads(row["attributes"]), orjson.loads(row["derived"])
        for history in histories:
            if update_name(history) in derived:
                yield _Wanted(
                    history=history,
                    key=prints.key(history, attributes[history.entity]),
                    payment_id=row["id"],
                    seconds=row["occurred_at"].timestamp(),
                    is_fraud=row["is_fraud"],
                )
