"""Works out the states of a history anew from stored payments, beside live traffic, and puts them in place.

All stored payments are read into a table of the session; then a few keys at a time are folded, locked, caught
up with what came meanwhile, and switched. A key's state is the one before or the rebuilt one, never a part.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from math import log2
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.history import frauds, rebuilds, states, stored
from app.database.payments.history.keys import Fingerprints, fingerprints
from app.database.payments.history.rebuilds import Rebuilt
from app.database.payments.history.stored import Mark, StoredSteps
from app.database.server.session import driver_statement, driver_transaction
from app.scoring.history.state import HALF_LIVES, LEAST_COUNT
from app.scoring.schema.history import KeptHistory
from app.workflows.payments.history.refolding import Refold
from app.workflows.payments.history.telling import BATCH_PAYMENTS, moved_state, tell_keys

#: Keys that are switched together, and about how many payments of theirs are folded before.
MOST_KEYS, MOST_STEPS = 200, 20_000
#: A single payment that occurred so long ago counts less than `LEAST_COUNT`.
NOTHING_LEFT_AFTER = timedelta(seconds=HALF_LIVES[-1] * -log2(LEAST_COUNT))
#: Replicas follow what is in force within a second; where payments still pass a history by, one does not.
MOST_ROUNDS = 20
FIRST = UUID(int=0)

#: Told after each batch: keys switched.
Watch = Callable[[int], None]


class RebuildRunning(Exception):
    """Another rebuild is running in this database."""


class PassedBy(Exception):
    """Payments still arrive that enter this history nowhere: a replica serves without its model."""


class HistoryRebuild:
    """One connection's work; a killed one leaves whole states behind and is begun anew."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], datetime], watch: Watch) -> None:
        self._engine = engine
        self._clock = clock
        self._watch = watch

    async def run(self, histories: Sequence[KeptHistory]) -> list[Rebuilt]:
        """Rebuild histories that are in force, one after the other; return what each read.

        Raises `RebuildRunning`, `PassedBy` and `DatabaseUnavailable`.
        """
        async with driver_statement(self._engine) as connection:
            if not await rebuilds.is_alone(connection):
                raise RebuildRunning
            prints = await fingerprints(connection)
            return [
                await _Rebuilding(connection, each, prints, self._clock, self._watch).run()
                for each in histories
            ]


class _Rebuilding:
    def __init__(
        self,
        connection: asyncpg.Connection,
        history: KeptHistory,
        prints: Fingerprints,
        clock: Callable[[], datetime],
        watch: Watch,
    ) -> None:
        self._connection = connection
        self._history = history
        self._prints = prints
        self._clock = clock
        self._watch = watch
        self._steps = StoredSteps(connection, history, prints, oldest=clock() - NOTHING_LEFT_AFTER)
        self._switched = 0

    async def run(self) -> Rebuilt:
        began = await stored.sure_mark(self._connection)
        await self._steps.begin()
        await self._steps.take(began.payment_id)
        await self._steps.arrange()
        await frauds.look_up_all(self._connection)
        await self._switch_late(await self._switch_all(began))
        read = await self._steps.summary()
        await self._steps.end()
        rebuilt = Rebuilt(
            upto=self._steps.upto, payments=read.payments, keys=read.keys, oldest_at=read.oldest_at
        )
        await rebuilds.record(self._connection, self._history, rebuilt, self._clock())
        await self._tell_since(began)
        return rebuilt

    async def _switch_all(self, began: Mark) -> set[UUID]:
        """Switch every key, ascending; return those of which payments passed by behind their switch."""
        done, ahead, late = FIRST, began, set[UUID]()
        while batch := await self._batch_after(done):
            await self._switch(batch)
            done = batch[-1]
            # Little is left to be read while keys are locked.
            if await stored.is_sure(self._connection, ahead):
                late |= {key for key in await self._steps.take(ahead.payment_id) if key <= done}
                ahead = await stored.mark(self._connection)
        return late

    async def _batch_after(self, done: UUID) -> list[UUID]:
        """Return the next keys: one, or as many as have few payments together."""
        batch, total = list[UUID](), 0
        for key, steps in await self._steps.counted(done, most=MOST_KEYS):
            total += steps
            if batch and total > MOST_STEPS:
                break
            batch.append(key)
        return batch

    async def _switch_late(self, late: set[UUID]) -> None:
        """Switch keys again until no payment passes the history by any more. Raises `PassedBy`."""
        for _ in range(MOST_ROUNDS):
            newest = await stored.sure_mark(self._connection)
            late |= await self._steps.take(newest.payment_id)
            if not late:
                return
            ordered = sorted(late)
            for begin in range(0, len(ordered), MOST_KEYS):
                await self._switch(ordered[begin : begin + MOST_KEYS])
            late = set()
        raise PassedBy

    async def _switch(self, keys: Sequence[UUID]) -> None:
        """Fold what is read of some keys, then lock them, catch up, and put their states in place."""
        async with driver_transaction(self._connection):
            folded = Refold(self._history)
            await folded.add_all(self._steps.of(keys))
        await states.keys_locked(self._connection, partial(self._put_in_place, keys, folded))
        self._switched += len(keys)
        self._watch(self._switched)

    async def _put_in_place(self, keys: Sequence[UUID], folded: Refold) -> None:
        updates = await states.lock_to_replace(self._connection, self._history.entity, keys)
        since = await self._steps.take_of(keys)
        if not folded.continue_with(await self._steps.among(since)):
            folded = Refold(self._history)
            await folded.add_all(self._steps.of(keys))
        counts_frauds = self._history.delay_days is not None
        known = await frauds.of_keys(self._connection, keys) if counts_frauds else []
        if told := folded.know(known, updates):
            await frauds.count(self._connection, told, self._clock())
        moved = [moved_state(key, state) for key, state in folded.states.items()]
        await states.write(self._connection, moved)

    async def _tell_since(self, began: Mark) -> None:
        """Tell keys what became known meanwhile of payments that kept no update number."""
        if self._history.delay_days is None:
            return
        heard = await frauds.heard(self._connection, since=began.xact)
        for begin in range(0, len(heard.payments), BATCH_PAYMENTS):
            part = heard.payments[begin : begin + BATCH_PAYMENTS]
            tell = partial(tell_keys, self._connection, part, [self._history], self._prints, self._clock())
            await states.keys_locked(self._connection, tell)
