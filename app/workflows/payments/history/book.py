"""The states of the keys of one batch: locked, read before each payment, moved on by it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import asyncpg

from app.database.payments.history import states
from app.database.payments.history.keys import Fingerprints
from app.database.payments.history.states import MovedState
from app.scoring.history.packing import packed, unpacked
from app.scoring.history.reading import read
from app.scoring.history.state import Occurrence, State
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import history_names, update_name
from app.scoring.transaction import Transaction
from app.workflows.models.serving import ActivePair


def histories_in_force(pair: ActivePair, shadows: Sequence[ActivePair]) -> tuple[KeptHistory, ...]:
    """Return what is kept for the models that decide and look on, each once."""
    pairs = (pair, *shadows)
    return tuple(dict.fromkeys(kept for each in pairs for kept in each.model.schema.described.kept))


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
    return tuple(
        _entry(transaction, history, prints)
        for history in histories
        if history.currency == transaction.currency
    )


def _entry(transaction: Transaction, history: KeptHistory, prints: Fingerprints) -> Entry:
    attributes = transaction.attributes
    value = attributes.get(history.entity)
    met = tuple(
        prints.partner(name, attributes[name]) if name in attributes else None for name in history.partners
    )
    payment = Occurrence(
        seconds=transaction.occurred_at.timestamp(), amount=float(transaction.amount), partners=met
    )
    return Entry(history=history, key=None if value is None else prints.key(history, value), payment=payment)


def names_of(entries: Sequence[Entry], pair: ActivePair) -> tuple[str, ...]:
    """Return the names under which a payment will keep what the model of a pair reads, in their order.

    Behind them stands which update it was of the keys of other histories, which shadows read.
    """
    kept = pair.model.schema.described.kept
    by_history = {each.history: each for each in entries}
    own = [name for each in kept if each in by_history for name in _names(by_history[each])]
    others = [each for each in entries if each.history not in kept and each.key is not None]
    return (*own, *(update_name(each.history) for each in others))


def _names(entry: Entry) -> tuple[str, ...]:
    names = history_names(entry.history)
    return names if entry.key is not None else names[:-1]


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

    def pass_by(self, entries: Sequence[Entry]) -> dict[KeptHistory, dict[str, float | None]]:
        """Return what a payment reads of each history, and count it there."""
        return {each.history: self._passed(each) for each in entries}

    def _passed(self, entry: Entry) -> dict[str, float | None]:
        state = self._states[entry.key] if entry.key is not None else State(history=entry.history)
        values = read(state, entry.payment)
        if entry.key is not None:
            state.add(entry.payment)
            values.append(float(state.updates))
        return dict(zip(_names(entry), values, strict=True))

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
    told: Sequence[dict[KeptHistory, dict[str, float | None]]] = ()

    def by(self, pair: ActivePair) -> Sequence[Transaction]:
        """Return the payments with what the model of a pair reads of history, named as `names_of` says."""
        if not self.told:
            return self.transactions
        kept = pair.model.schema.described.kept
        return [
            replace(each, derived=_derived(told, kept))
            for each, told in zip(self.transactions, self.told, strict=True)
        ]


def _derived(
    told: dict[KeptHistory, dict[str, float | None]], kept: Sequence[KeptHistory]
) -> dict[str, float | None]:
    own = {name: value for each in kept for name, value in told.get(each, {}).items()}
    others = {
        update_name(each): values[update_name(each)]
        for each, values in told.items()
        if each not in kept and update_name(each) in values
    }
    return own | others
