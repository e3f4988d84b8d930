"""The states of the keys of one batch: locked, read before each payment, moved on by it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from uuid import UUID

import asyncpg
import numpy as np

from app.database.payments.history import states
from app.database.payments.history.keys import Fingerprints
from app.database.payments.history.states import MovedState
from app.scoring.history.packing import packed, unpacked
from app.scoring.history.reading import read_unrounded
from app.scoring.history.rounding import rounded_rows
from app.scoring.history.state import Occurrence, State
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import history_names, update_name
from app.scoring.transaction import Transaction
from app.workflows.models.serving import ActivePair


def histories_in_force(pair: ActivePair, shadows: Sequence[ActivePair]) -> tuple[KeptHistory, ...]:
    """Return what is kept for the models that decide and look on, each once."""
    pairs = (pair, *shadows)
    return tuple(dict.fromkeys(kept for each in pairs for kept in each.model.schema.described.kept))


#: What a payment reads of each history, by the names under which it is kept.
ReadValues = Mapping[KeptHistory, Mapping[str, float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A payment as one history knows it; made before anything is locked."""

    history: KeptHistory
    #: None where the payment names no such entity.
    key: UUID | None
    payment: Occurrence


def entries_of(
    transaction: Transaction, histories: Sequence[KeptHistory], prints: Fingerprints
) -> tuple[Entry, ...]:
    """Return what each history knows of a payment; one in another currency enters none."""
    moment = transaction.occurred_at.timestamp(), float(transaction.amount)
    return tuple(
        _entry(transaction, history, prints, moment)
        for history in histories
        if history.currency == transaction.currency
    )


def _entry(
    transaction: Transaction, history: KeptHistory, prints: Fingerprints, moment: tuple[float, float]
) -> Entry:
    attributes = transaction.attributes
    value = attributes.get(history.entity)
    met = tuple(
        prints.partner(name, attributes[name]) if name in attributes else None for name in history.partners
    )
    seconds, amount = moment
    payment = Occurrence(seconds=seconds, amount=amount, partners=met)
    return Entry(history=history, key=None if value is None else prints.key(history, value), payment=payment)


def names_of(entries: Sequence[Entry], pair: ActivePair) -> tuple[str, ...]:
    """Return the names under which a payment will keep what the model of a pair reads, in their order.

    Behind them stands which update it was of the keys of other histories, which shadows read.
    """
    by_history = {each.history: each.key is not None for each in entries}
    kept = pair.model.schema.described.kept
    own = _names_of(tuple((each, by_history[each]) for each in kept if each in by_history))
    others = (each for each in entries if each.history not in kept and each.key is not None)
    return (*own, *(update_name(each.history) for each in others))


@cache
def _names_of(histories: tuple[tuple[KeptHistory, bool], ...]) -> tuple[str, ...]:
    """Return the names that each history gives, of a key's update only where there is a key."""
    return tuple(
        name
        for history, has_key in histories
        for name in (history_names(history) if has_key else history_names(history)[:-1])
    )


def _nine_digits(rows: Sequence[list[float | None]]) -> list[list[float | None]]:
    """Return the rows rounded, in their order; those of one length together."""
    told = list(rows)
    for width in {len(row) for row in rows}:
        places = [place for place, row in enumerate(rows) if len(row) == width]
        values = rounded_rows([rows[place] for place in places])
        for place, row in zip(places, values.tolist(), strict=True):
            told[place] = row
        for place, missing in np.argwhere(np.isnan(values)).tolist():
            told[places[place]][missing] = None
    return told


def _told(entry: Entry, values: list[float | None], update: int) -> dict[str, float | None]:
    names = _names_of(((entry.history, entry.key is not None),))
    if entry.key is not None:
        values.append(float(update))
    return dict(zip(names, values, strict=True))


class Book:
    """States that are locked to the end of a database transaction."""

    def __init__(self, held: dict[UUID, State]) -> None:
        self._states = held

    @classmethod
    async def locked(cls, connection: asyncpg.Connection, entries: Iterable[Entry]) -> "Book":
        """Lock the states of all keys among the entries."""
        of_key = {each.key: each.history for each in entries if each.key is not None}
        contents = await states.locked(connection, {key: each.entity for key, each in of_key.items()})
        return cls({key: unpacked(of_key[key], content) for key, content in contents.items()})

    def pass_by(self, payments: Sequence[Sequence[Entry]]) -> list[ReadValues]:
        """Return what each of several payments reads of each history, and count it there, one by one."""
        passed = [self._passed(entry) for entries in payments for entry in entries]
        rows = iter(_nine_digits([values for values, _ in passed]))
        updates = (update for _, update in passed)
        return [
            {entry.history: _told(entry, next(rows), next(updates)) for entry in entries}
            for entries in payments
        ]

    def _passed(self, entry: Entry) -> tuple[list[float | None], int]:
        """Return what a payment reads, and which update of its key it is, 0 without a key."""
        state = self._states[entry.key] if entry.key is not None else State(history=entry.history)
        values = read_unrounded(state, entry.payment)
        if entry.key is not None:
            state.add(entry.payment)
        return values, state.updates

    def moved(self) -> list[MovedState]:
        """Return the states as they are now."""
        return [
            MovedState(key=key, updates=state.updates, latest=state.latest, content=packed(state))
            for key, state in self._states.items()
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What the payments of a batch read of each history in force."""

    transactions: Sequence[Transaction]
    #: One for each transaction; empty where no history is in force.
    told: Sequence[ReadValues] = ()

    def by(self, pair: ActivePair) -> Sequence[Transaction]:
        """Return the payments with what the model of a pair reads of history, named as `names_of` says."""
        if not self.told:
            return self.transactions
        kept = pair.model.schema.described.kept
        return [
            replace(each, derived=_derived(told, kept))
            for each, told in zip(self.transactions, self.told, strict=True)
        ]


def _derived(told: ReadValues, kept: Sequence[KeptHistory]) -> dict[str, float | None]:
    """Return what one's own histories tell, and which update it was of the keys of others."""
    derived: dict[str, float | None] = {}
    for each in kept:
        derived.update(told.get(each, {}))
    for each, values in told.items():
        if each not in kept and (name := update_name(each)) in values:
            derived[name] = values[name]
    return derived
