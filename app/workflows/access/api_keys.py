"""Keys of payment services: who calls, and what administrators do to keys."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.access import accounts, api_keys, events
from app.database.access.api_keys import ApiKey
from app.database.server.session import transaction
from app.review.access.administration import (
    COMMAND_LINE,
    AccessAction,
    AccessChanged,
    AccessUnchanged,
    Hand,
    KeyRevoked,
    checked_overlap,
    checked_reason,
)
from app.review.access.people import clean_name
from app.workflows.access.accounts import sha256_of
from app.workflows.access.administration import refuse_former_admins

#: A key that proved right is asked about again so often, should the database's word that it ended get lost.
KEY_ASKED_AGAIN_SECONDS = 0.5
#: When a client called last is written so often at most.
USE_NOTED_SECONDS = 60.0


class KeyUnknown(Exception):
    """The API key is missing or unknown."""


class ApiKeys:
    """Which client a key belongs to, remembered until the database says that keys changed."""

    def __init__(self, engine: AsyncEngine, *, monotonic: Callable[[], float]) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._known: dict[str, tuple[int, float]] = {}
        self._asking: dict[str, asyncio.Task[int | None]] = {}
        self._called: set[int] = set()
        self._unwritten: dict[int, datetime] = {}
        self._written_at: dict[int, float] = {}

    async def client_id(self, key: str) -> int:
        """Return the client behind a key; raises `KeyUnknown`."""
        client_id = self.remembered(key)
        if client_id is None:
            client_id = await self._asked(key)
            if client_id is None:
                raise KeyUnknown
            self._called.add(client_id)
        return client_id

    def remembered(self, key: str) -> int | None:
        """Return the client behind a key that proved right just now; None: the database has to say."""
        # The dictionary holds keys that proved right, so its size is bounded by the clients there are.
        found = self._known.get(key)
        if found is None or found[1] <= self._monotonic():
            return None
        self._called.add(found[0])
        return found[0]

    def forget(self) -> None:
        """Ask anew about every key: some changed, and what is being answered just now may be older."""
        self._known.clear()
        self._asking.clear()

    async def note_use(self, now: datetime) -> None:
        """Write when clients called last: once a minute each, and beside the calls."""
        self._unwritten |= dict.fromkeys(self._called, now)
        self._called.clear()
        at = self._monotonic()
        due = {
            client_id: moment
            for client_id, moment in self._unwritten.items()
            if at - self._written_at.get(client_id, -USE_NOTED_SECONDS) >= USE_NOTED_SECONDS
        }
        if not due:
            return
        async with transaction(self._engine) as connection:
            await api_keys.note_use(connection, due)
        for client_id in due:
            self._written_at[client_id] = at
            self._unwritten.pop(client_id, None)

    async def add(self, name: str, now: datetime, *, replace: bool = False, by: Hand = COMMAND_LINE) -> str:
        """Return a new key for a new client, or a fresh one that replaces a known client's at once.

        Raises `NameTaken` when the client exists and is not to be replaced, and `NameImpossible`.
        """
        name, key = clean_name(name), _new_key()
        async with transaction(self._engine) as connection:
            try:
                client_id = await accounts.add_client(
                    connection, name=name, key_sha256=sha256_of(key), now=now
                )
                action = AccessAction.KEY_ADDED
            except accounts.NameTaken:
                if not replace:
                    raise
                client_id = await api_keys.id_by_name(connection, name)
                await api_keys.locked(connection, client_id)
                await api_keys.replace(connection, client_id, sha256_of(key), overlap=timedelta())
                action = AccessAction.KEY_ROTATED
            await events.add(connection, by, action, now=now, reason="", client_id=client_id)
        return key

    async def _asked(self, key: str) -> int | None:
        """Ask the database once, however many calls wait for its answer."""
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self._looked_up(key))
            asking.add_done_callback(lambda done: self._answered(key, done))
        return await asyncio.shield(asking)

    def _answered(self, key: str, asking: "asyncio.Task[int | None]") -> None:
        is_newest = self._asking.get(key) is asking
        if is_newest:
            del self._asking[key]
        if asking.cancelled() or asking.exception() is not None:
            return
        client_id = asking.result()
        if client_id is None:
            self._known.pop(key, None)
        elif is_newest:
            self._known[key] = (client_id, self._monotonic() + KEY_ASKED_AGAIN_SECONDS)

    async def _looked_up(self, key: str) -> int | None:
        async with transaction(self._engine) as connection:
            return await api_keys.client_by_key(connection, sha256_of(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAdministration:
    """What administrators do to keys, over one database."""

    engine: AsyncEngine
    clock: Callable[[], datetime]

    async def keys(self) -> list[ApiKey]:
        """Return all keys, those that work first."""
        async with transaction(self.engine) as connection:
            return await api_keys.everything(connection)

    async def key(self, client_id: int) -> tuple[ApiKey, int]:
        """Return one key, and the mark of what was done to it last; raises `KeyNotFound`."""
        async with transaction(self.engine) as connection:
            found = await api_keys.one(connection, client_id)
            return found, await events.newest_id(connection, client_id=client_id)

    async def id_of(self, name: str) -> int:
        """Return which key has this name; raises `KeyNotFound`."""
        async with transaction(self.engine) as connection:
            return await api_keys.id_by_name(connection, name)

    async def add(self, by: Hand, name: str) -> tuple[int, str]:
        """Return a new client and its key; raises `NameTaken`, `NameImpossible` and `AdminNoMore`."""
        name, key = clean_name(name), _new_key()
        async with transaction(self.engine) as connection:
            await refuse_former_admins(connection, by)
            now = self.clock()
            client_id = await accounts.add_client(connection, name=name, key_sha256=sha256_of(key), now=now)
            await events.add(connection, by, AccessAction.KEY_ADDED, now=now, reason="", client_id=client_id)
        return client_id, key

    async def rotate(
        self, by: Hand, client_id: int, *, reason: str, overlap: timedelta, seen: int | None = None
    ) -> str:
        """Return a client's new key; the one before goes on working for the overlap.

        `seen` is the mark of the key that was looked at. Raises `KeyNotFound`, `KeyRevoked`,
        `AccessChanged`, `AdminNoMore`, `WhyMissing` and `OverlapImpossible`.
        """
        key, reason, overlap = _new_key(), checked_reason(reason), checked_overlap(overlap)
        async with transaction(self.engine) as connection:
            found = await _locked(connection, by, client_id, seen)
            if found.revoked_at is not None:
                raise KeyRevoked
            await api_keys.replace(connection, client_id, sha256_of(key), overlap=overlap)
            await events.add(
                connection, by, AccessAction.KEY_ROTATED, now=self.clock(), reason=reason,
                client_id=client_id, overlap_seconds=int(overlap.total_seconds()),
            )  # fmt: skip
        return key

    async def revoke(self, by: Hand, client_id: int, *, reason: str, seen: int | None = None) -> None:
        """Let no key of a client work any more; raises as `rotate`, and `AccessUnchanged`."""
        reason = checked_reason(reason)
        async with transaction(self.engine) as connection:
            found = await _locked(connection, by, client_id, seen)
            if found.revoked_at is not None:
                raise AccessUnchanged
            await api_keys.revoke(connection, client_id)
            await events.add(
                connection, by, AccessAction.KEY_REVOKED, now=self.clock(), reason=reason, client_id=client_id
            )


async def _locked(connection: AsyncConnection, by: Hand, client_id: int, seen: int | None) -> ApiKey:
    await refuse_former_admins(connection, by)
    found = await api_keys.locked(connection, client_id)
    if seen is not None and seen != await events.newest_id(connection, client_id=client_id):
        raise AccessChanged
    return found


def _new_key() -> str:
    # The beginning says whose door a leaked key opens, to people and to scanners of repositories.
    return f"tertium_{secrets.token_urlsafe(32)}"
