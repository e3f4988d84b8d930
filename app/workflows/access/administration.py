"""What administrators do to people: let them in, change their role, shut them out, and see what was done."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.access import accounts as stored_accounts
from app.database.access import administration, events
from app.database.access.accounts import AccountNotFound
from app.database.access.administration import Person
from app.database.server.session import transaction
from app.review.access.administration import (
    AccessAction,
    AccessChanged,
    AccessEvent,
    AccessUnchanged,
    AdminNoMore,
    Hand,
    LastAdmin,
    RoleImpossible,
    SessionEnd,
    checked_reason,
)
from app.review.access.people import Account, Role, clean_name
from app.workflows.access.accounts import LINK_LASTS, Accounts, sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """Somebody whom nobody else changes until this transaction ends."""

    connection: AsyncConnection
    now: datetime
    account: Account
    is_active: bool
    #: Whether nobody else is an active administrator.
    is_last_admin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """What administrators do to people, over one database.

    Every move takes effect with its commit: sessions, tokens and roles are read with each request, and what
    lasts longer is told. A `seen` is the mark of the person that was looked at (see `person`); where
    something was done since, it raises `AccessChanged`.
    """

    engine: AsyncEngine
    clock: Callable[[], datetime]
    people: Accounts

    async def everybody(self) -> list[Person]:
        """Return all people, those who are active first."""
        async with transaction(self.engine) as connection:
            return await administration.everybody(connection, self.clock())

    async def person(self, account_id: int) -> tuple[Person, int]:
        """Return one person, and the mark of what was done to them last; raises `AccountNotFound`."""
        async with transaction(self.engine) as connection:
            found = await administration.person(connection, account_id, self.clock())
            return found, await events.newest_id(connection, account_id=account_id)

    async def id_of(self, name: str) -> int:
        """Return who has this name; raises `AccountNotFound`."""
        async with transaction(self.engine) as connection:
            return await stored_accounts.account_id_by_name(connection, name)

    async def history(
        self,
        *,
        account_id: int | None = None,
        client_id: int | None = None,
        before: int | None = None,
        limit: int,
    ) -> list[AccessEvent]:
        """Return what was done to one person, one key, or to all, the newest first."""
        async with transaction(self.engine) as connection:
            return await events.listed(
                connection, account_id=account_id, client_id=client_id, before=before, limit=limit
            )

    async def add(self, by: Hand, *, name: str, display_name: str, role: Role) -> tuple[int, str]:
        """Return a new person and their one-time link's token.

        Raises `NameTaken`, `NameImpossible`, `RoleImpossible` and `AdminNoMore`.
        """
        _refuse_system(role)
        name, display_name = clean_name(name), clean_name(display_name or name)
        async with transaction(self.engine) as connection:
            await refuse_former_admins(connection, by)
            now = self.clock()
            account_id = await stored_accounts.add_account(
                connection, name=name, display_name=display_name, role=role, password_hash=None, now=now
            )
            await events.add(
                connection, by, AccessAction.ADDED, now=now, reason="", account_id=account_id, role=role.value
            )
            return account_id, await _new_link(connection, account_id, now)

    async def new_link(self, by: Hand, account_id: int, *, seen: int | None = None) -> str:
        """Return the token of a fresh one-time link; raises `AccountNotFound` where nobody may log in."""
        async with self._change(by, account_id, seen) as change:
            if not change.is_active:
                raise AccountNotFound
            token = await _new_link(change.connection, account_id, change.now)
            await _record(change, by, AccessAction.LINK_MADE, "")
            return token

    async def deactivate(self, by: Hand, account_id: int, *, reason: str, seen: int | None = None) -> None:
        """Shut somebody out: sessions, links and tokens end, cases they hold go back with their drafts.

        Raises `AccountNotFound`, `AccessUnchanged`, `LastAdmin`, `AdminNoMore` and `WhyMissing`.
        """
        reason = checked_reason(reason)
        async with self._change(by, account_id, seen) as change:
            if not change.is_active:
                raise AccessUnchanged
            if change.is_last_admin:
                raise LastAdmin
            connection, now = change.connection, change.now
            await administration.set_active(connection, account_id, is_active=False)
            sessions = await administration.end_sessions(connection, account_id, SessionEnd.DEACTIVATED, now)
            tokens = await administration.end_tokens(connection, account_id, now)
            cases = await administration.free_cases(connection, account_id, None, now)
            await _record(
                change, by, AccessAction.DEACTIVATED, reason, sessions=sessions, tokens=tokens, cases=cases
            )

    async def activate(self, by: Hand, account_id: int, *, reason: str, seen: int | None = None) -> None:
        """Let somebody in again: with a new login, for what they had before stays ended."""
        reason = checked_reason(reason)
        async with self._change(by, account_id, seen) as change:
            if change.is_active:
                raise AccessUnchanged
            await administration.set_active(change.connection, account_id, is_active=True)
            await _record(change, by, AccessAction.ACTIVATED, reason)

    async def change_role(
        self, by: Hand, account_id: int, role: Role, *, reason: str, seen: int | None = None
    ) -> None:
        """Give somebody another role, from their next request on; cases that are not for it go back.

        Raises as `deactivate`, and `RoleImpossible`.
        """
        _refuse_system(role)
        reason = checked_reason(reason)
        async with self._change(by, account_id, seen) as change:
            if change.account.role is role:
                raise AccessUnchanged
            if change.is_last_admin:
                raise LastAdmin
            await administration.set_role(change.connection, account_id, role)
            cases = await administration.free_cases(change.connection, account_id, role, change.now)
            await _record(
                change, by, AccessAction.ROLE_CHANGED, reason, before=change.account.role.value,
                role=role.value, cases=cases,
            )  # fmt: skip

    async def reset(
        self,
        by: Hand,
        account_id: int,
        *,
        reason: str,
        password: str | None = None,
        seen: int | None = None,
    ) -> str:
        """Replace a password (None: by none), end all sessions, and return a one-time link's token.

        Raises as `new_link`, and `PasswordImpossible`.
        """
        reason = checked_reason(reason)
        password_hash = None if password is None else await self.people.hashed(password)
        async with self._change(by, account_id, seen) as change:
            if not change.is_active:
                raise AccountNotFound
            connection, now = change.connection, change.now
            await administration.set_password(connection, account_id, password_hash)
            sessions = await administration.end_sessions(connection, account_id, SessionEnd.RESET, now)
            await _record(change, by, AccessAction.RESET, reason, sessions=sessions)
            return await _new_link(connection, account_id, now)

    async def sign_out(
        self, by: Hand, account_id: int, *, reason: str, tokens: bool, seen: int | None = None
    ) -> int:
        """End all of somebody's sessions, and their access tokens if told so; return how many sessions."""
        reason = checked_reason(reason)
        async with self._change(by, account_id, seen) as change:
            connection, now = change.connection, change.now
            sessions = await administration.end_sessions(connection, account_id, SessionEnd.SIGNED_OUT, now)
            revoked = await administration.end_tokens(connection, account_id, now) if tokens else 0
            await _record(change, by, AccessAction.SIGNED_OUT, reason, sessions=sessions, tokens=revoked)
            return sessions

    @asynccontextmanager
    async def _change(self, by: Hand, account_id: int, seen: int | None) -> AsyncIterator[_Change]:
        async with transaction(self.engine) as connection:
            actors = () if by.account_id is None else (by.account_id,)
            found = await administration.locked(connection, account_id, *actors)
            _refuse_former_admin(by, found)
            if account_id not in found or found[account_id][0].role is Role.SYSTEM:
                raise AccountNotFound
            if seen is not None and seen != await events.newest_id(connection, account_id=account_id):
                raise AccessChanged
            admins = {key for key, (account, is_active) in found.items() if is_active and _is_admin(account)}
            account, is_active = found[account_id]
            yield _Change(
                connection=connection,
                now=self.clock(),
                account=account,
                is_active=is_active,
                is_last_admin=admins == {account_id},
            )


async def refuse_former_admins(connection: AsyncConnection, by: Hand) -> None:
    """Refuse who is no active administrator just now, and until this transaction ends.

    Raises `AdminNoMore`; the command line is nobody's account.
    """
    if by.account_id is not None:
        _refuse_former_admin(by, await administration.locked(connection, by.account_id))


def _refuse_former_admin(by: Hand, found: dict[int, tuple[Account, bool]]) -> None:
    if by.account_id is None:
        return
    account, is_active = found[by.account_id]
    if not is_active or not _is_admin(account):
        raise AdminNoMore


def _is_admin(account: Account) -> bool:
    return account.role is Role.ADMIN


def _refuse_system(role: Role) -> None:
    if role is Role.SYSTEM:
        raise RoleImpossible


async def _new_link(connection: AsyncConnection, account_id: int, now: datetime) -> str:
    token = secrets.token_urlsafe(24)
    await stored_accounts.add_login_link(
        connection, token_sha256=sha256_of(token), account_id=account_id, now=now, lasts=LINK_LASTS
    )
    return token


async def _record(change: _Change, by: Hand, action: AccessAction, reason: str, **details: Any) -> None:
    await events.add(
        change.connection, by, action, now=change.now, reason=reason, account_id=change.account.id, **details
    )
