"""Stored scores in memory: a model's columns, loaded once and brought up to date at each use."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments import score_columns
from app.database.payments.score_columns import OTHER_MODEL
from app.database.server.copy_binary import Columns
from app.database.server.session import transaction
from app.scoring.arrays import Floats
from app.scoring.uncertainty import Scores
from app.triage.simulation.observed import Observed
from app.triage.simulation.window import NO_TRUTH, Window

# About 100 bytes a row.
MOST_ROWS = 1_000_000
# Two managers may look at two models; a third one's columns take the place of the first's.
MODELS_HELD = 2
# Decisions are dated as they are made and committed at once, by statements that are cut after 30 s: what
# is dated within this time before a reading may have been missed by it, so it is read again. Truths, which
# may be dated long before they are committed, are followed by the database transactions that wrote them.
LATE = timedelta(seconds=90)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplayWindow:
    """A window of what is held."""

    window: Window
    #: When the oldest decision held was made (seconds since the epoch), if the window begins before.
    held_since: float | None
    #: Decisions of the window that another model scored, which it leaves out.
    other_models: int
    #: All that is held of this model, whatever the window.
    history: Observed


class ScoreMemory:
    """Holds past decisions as columns; `window` brings them up to date and cuts a window out of them."""

    def __init__(
        self, engine: AsyncEngine, *, clock: Callable[[], datetime], most_rows: int = MOST_ROWS
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._most_rows = most_rows
        self._held: OrderedDict[str, _Memory] = OrderedDict()
        self._turn = asyncio.Lock()

    async def window(self, model_version: str, since: datetime, until: datetime) -> ReplayWindow:
        """Return the decisions in [since, until) that this model scored, and those without any score.

        The first call for a model loads its columns; later ones read what has come since.
        """
        async with self._turn:
            memory = self._held.get(model_version)
            if memory is None:
                memory = await self._loaded(model_version)
                self._held[model_version] = memory
            else:
                await self._follow(memory, model_version)
            self._held.move_to_end(model_version)
            while len(self._held) > MODELS_HELD:
                self._held.popitem(last=False)
            # What has not come yet was not observed.
            return memory.cut(since.timestamp(), min(until, max(since, self._clock())).timestamp())

    async def _loaded(self, model_version: str) -> "_Memory":
        now = self._clock()
        async with transaction(self._engine) as connection:
            await score_columns.allow_long_load(connection)
            xact = await score_columns.horizon(connection)
            beyond = await score_columns.beyond(connection, self._most_rows)
            since = EPOCH if beyond is None else beyond + timedelta(microseconds=1)
            read = await score_columns.decisions(connection, model_version, since)
            heard = await score_columns.truths(connection, 0)
        memory = _Memory(since=None if beyond is None else since.timestamp(), most_rows=self._most_rows)
        await asyncio.to_thread(memory.take, read, EPOCH.timestamp())
        await asyncio.to_thread(memory.learn, heard)
        memory.read_at, memory.xact = now, xact
        return memory

    async def _follow(self, memory: "_Memory", model_version: str) -> None:
        now = self._clock()
        cut = memory.read_at - LATE
        async with transaction(self._engine) as connection:
            # What has become known first: of two readings the later one knows every transaction of the first.
            await score_columns.allow_long_load(connection)
            xact = await score_columns.horizon(connection)
            heard = await score_columns.truths(connection, memory.xact)
            read = await score_columns.decisions(connection, model_version, cut)
        await asyncio.to_thread(memory.take, read, cut.timestamp())
        await asyncio.to_thread(memory.learn, heard)
        memory.read_at, memory.xact = now, xact


class _Memory:
    """One model's columns, ordered by time and key; what was handed out is never changed."""

    def __init__(self, *, since: float | None, most_rows: int) -> None:
        #: Since when all is held (seconds since the epoch); None: since ever.
        self.since = since
        self.read_at = EPOCH
        #: What older database transactions made known has been learned.
        self.xact = 0
        self._most_rows = most_rows
        self._columns = GrowingColumns()
        # When decisions of other models were made, ascending.
        self._others: Floats = np.empty(0)

    def take(self, read: Columns, cut: float) -> None:
        """Take what was read for all that is dated from the cut on; it replaces what was there."""
        newer, others = _in_order(read)
        here = int(np.searchsorted(self._others, cut))
        self._others = np.concatenate([self._others[:here], others])
        if self._columns.size == 0:
            self._columns = GrowingColumns(_without_truth(newer))
            return
        held = self._columns.view()
        place = int(np.searchsorted(held["decided_at"], cut))
        overlap = held["key"].size - place
        if np.array_equal(newer["key"][:overlap], held["key"][place:]):
            self._columns.append(_without_truth({name: part[overlap:] for name, part in newer.items()}))
        else:
            self._columns = GrowingColumns(_spliced(held, place, newer))
        self._drop_oldest()

    def learn(self, read: Columns) -> None:
        """Take what has become known of transactions."""
        if read["key"].size == 0:
            return
        held = self._columns.view()
        places, found = _places(held["key"], read["key"])
        truths, chances = held["truth"].copy(), held["truth_propensity"].copy()
        truths[places] = read["truth"][found]
        chances[places] = read["propensity"][found]
        self._columns.replace({"truth": truths, "truth_propensity": chances})

    def cut(self, since: float, until: float) -> ReplayWindow:
        """Return the decisions of [since, until) without copying them."""
        held = self._columns.view()
        start, end = (int(np.searchsorted(held["decided_at"], moment)) for moment in (since, until))
        rows = {name: column[start:end] for name, column in held.items()}
        return ReplayWindow(
            window=_window(rows, since, until),
            held_since=self.since if self.since is not None and since < self.since else None,
            other_models=int(np.diff(np.searchsorted(self._others, [since, until]))[0]),
            history=_history(held["decided_at"]),
        )

    def _drop_oldest(self) -> None:
        """Let the oldest go when there are a tenth more than may be held: each time costs a copy."""
        if self._columns.size <= self._most_rows * 1.1:
            return
        first = self._columns.size - self._most_rows
        self._columns = GrowingColumns({name: part[first:] for name, part in self._columns.view().items()})
        self.since = float(self._columns.view()["decided_at"][0])


def _history(decided_at: Floats) -> Observed:
    if not decided_at.size:
        return Observed(decisions=0)
    return Observed(decisions=decided_at.size, first_at=float(decided_at[0]), last_at=float(decided_at[-1]))


def _in_order(read: Columns) -> tuple[Columns, Floats]:
    """Return our model's rows in order of time, and when other models' decisions were made."""
    order = np.lexsort((read["key"], read["decided_at"]))
    is_other = read["standing"][order] == OTHER_MODEL
    ours = order[~is_other]
    return {name: column[ours] for name, column in read.items()}, read["decided_at"][order[is_other]]


def _without_truth(rows: Columns) -> Columns:
    size = rows["key"].size
    return rows | {"truth": np.full(size, NO_TRUTH, dtype=np.int8), "truth_propensity": np.full(size, np.nan)}


def _spliced(held: Columns, place: int, newer: Columns) -> Columns:
    """Return what is held up to a place, then the newer rows, with what was known of them already."""
    rows = _without_truth(newer)
    tail = {name: column[place:] for name, column in held.items()}
    there, found = _places(rows["key"], tail["key"])
    for name in ("truth", "truth_propensity"):
        rows[name][there] = tail[name][found]
    return {name: np.concatenate([column[:place], rows[name]]) for name, column in held.items()}


def _places(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where in `keys` the wanted ones are, and which of the wanted ones are there at all."""
    # Almost ordered already: keys are given in the order of time.
    order = np.argsort(keys, kind="stable")
    place = np.searchsorted(keys, wanted, sorter=order)
    found = np.flatnonzero(place < keys.size)
    found = found[keys[order[place[found]]] == wanted[found]]
    return order[place[found]], found


def _window(rows: Columns, since: float, until: float) -> Window:
    size = rows["key"].size
    legit = rows["evidence_legit"]
    scores = replace(
        Scores.empty(size),
        evidence_fraud=rows["evidence_fraud"],
        evidence_legit=None if np.isnan(legit).all() else legit,
        spread=rows["spread"],
        mutual_information=rows["mutual_information"],
        probability=rows["probability"],
        novelty=rows["novelty"],
    )
    return Window(
        started_at=since,
        ended_at=until,
        keys=rows["key"],
        decided_at=rows["decided_at"],
        scores=scores,
        standings=rows["standing"],
        amounts=rows["amount"],
        listed=rows["listed"],
        labels=rows["label"],
        propensities=rows["propensity"],
        truths=rows["truth"],
        truth_propensities=rows["truth_propensity"],
    )


# Room for a tenth more: a copy of everything once in so many rows.
SPARE_SHARE, SPARE_ROWS = 0.1, 4096


class GrowingColumns:
    """Arrays of one length with room behind them; a view stays as it is, whatever is appended."""

    def __init__(self, columns: Columns | None = None) -> None:
        self.size = 0
        self._room: Columns = {}
        if columns is not None:
            self._move_to(columns)

    def view(self) -> Columns:
        """Return the columns as they are now, without copying them."""
        return {name: column[: self.size] for name, column in self._room.items()}

    def append(self, rows: Columns) -> None:
        """Write rows behind the last one."""
        more = rows["key"].size
        if more == 0:
            return
        if self.size + more > self._room["key"].size:
            held = self.view()
            self._move_to({name: np.concatenate([held[name], rows[name]]) for name in held})
            return
        for name, column in self._room.items():
            column[self.size : self.size + more] = rows[name]
        self.size += more

    def replace(self, columns: Columns) -> None:
        """Put other values into some columns; views handed out before keep theirs."""
        for name, column in columns.items():
            room = np.empty_like(self._room[name])
            room[: self.size] = column
            self._room[name] = room

    def _move_to(self, columns: Columns) -> None:
        self.size = columns["key"].size
        capacity = self.size + max(int(self.size * SPARE_SHARE), SPARE_ROWS)
        self._room = {name: _with_room(column, capacity) for name, column in columns.items()}


def _with_room(column: NDArray[Any], capacity: int) -> NDArray[Any]:
    room = np.empty(capacity, dtype=column.dtype)
    room[: column.size] = column
    return room
