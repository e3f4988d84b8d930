"""The lists as this process decides by them: a copy with its version, which every commit checks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.payments.lists import in_force
from app.database.payments.lists.fingerprints import ListPrints, kind_at, list_prints
from app.database.payments.lists.in_force import NOTHING_HELD, ListChanges
from app.database.server.session import transaction
from app.review.lists.entry import EntityKind
from app.review.lists.in_force import Hit, InForce, Print, hit
from app.review.lists.values import ALL_KINDS, values_of
from app.scoring.transaction import Transaction

# Somebody who lists one value after the other must not make every batch be decided twice: for so long after
# a change batches say which values they hold, and changes of others leave them be.
BUSY_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLists:
    """The lists up to a version; nothing of it changes."""

    version: int = NOTHING_HELD
    entries: Mapping[Print, InForce] = field(default_factory=dict)
    #: Of which something is listed.
    kinds: frozenset[EntityKind] = frozenset()

    def with_changes(self, changes: ListChanges) -> "HeldLists":
        """Return the lists up to a later version."""
        entries = dict(self.entries) | {
            each: entry for each, entry in changes.entries.items() if entry is not None
        }
        for each, entry in changes.entries.items():
            if entry is None:
                entries.pop(each, None)
        kinds = frozenset(kind_at(place) for place in {place for place, _ in entries})
        return HeldLists(version=changes.version, entries=entries, kinds=kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listings:
    """What the lists say of a batch, and what its commit has to check."""

    version: int
    #: One per payment, in their order.
    hits: Sequence[Hit | None]
    #: All values of the batch; None: any change of the lists since is one of it.
    prints: frozenset[Print] | None


class ListsInForce:
    """Follows the lists; `refresh` before anything is decided by them."""

    def __init__(self, engine: AsyncEngine, *, monotonic: Callable[[], float]) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._held = HeldLists()
        self._prints: ListPrints | None = None
        self._busy_until = float("-inf")

    async def refresh(self) -> None:
        """Follow the database; raises `DatabaseUnavailable`."""
        async with transaction(self._engine) as connection:
            await self.follow(connection)

    async def follow(self, connection: AsyncConnection) -> None:
        """Follow the database as this transaction sees it."""
        if self._prints is None:
            self._prints = await list_prints(connection)
        held = self._held
        changes = await in_force.changes_since(connection, held.version)
        # Another refresh may have been faster: what is held never goes back.
        if changes.version <= self._held.version:
            return
        if held.version != NOTHING_HELD:
            self._busy_until = self._monotonic() + BUSY_SECONDS
        self._held = held.with_changes(changes)

    def listings(self, transactions: Sequence[Transaction], now: datetime) -> Listings:
        """Return what the lists say of payments that are decided now."""
        held, is_busy = self._held, self._monotonic() < self._busy_until
        if self._prints is None or not (held.entries or is_busy):
            return Listings(version=held.version, hits=[None] * len(transactions), prints=None)
        prints, kinds = self._prints, ALL_KINDS if is_busy else held.kinds
        of = [[prints.of(*value) for value in values_of(each.attributes, kinds)] for each in transactions]
        return Listings(
            version=held.version,
            hits=[hit(each, held.entries, now) for each in of],
            prints=frozenset(found for each in of for found in each) if is_busy else None,
        )
