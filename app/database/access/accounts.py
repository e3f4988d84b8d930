"""Accounts, sessions, login links, and the names of API clients."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.access import preferences
from app.database.tables.people import (
    AccountRow,
    ClientRow,
    InstallationRow,
    LoginLinkRow,
    PreferencesRow,
    SessionRow,
)
from app.review.access.administration import SessionEnd
from app.review.access.people import Account, Role
from app.review.text import name_key


class NameTaken(Exception):
    """This name is in use already."""


class AccountNotFound(Exception):
    """There is no such account."""


MAY_LOG_IN = and_(AccountRow.is_active, AccountRow.role != Role.SYSTEM)


#: Whoever drafts models learned from what the service stored, and lets them enter shadow.
CHALLENGER = "system:challenger"


async def installation_id(connection: AsyncConnection) -> str:
    """Return which installation this database is."""
    return (await connection.execute(select(InstallationRow.id))).scalar_one()


async def account_id_by_name(connection: AsyncConnection, name: str) -> int:
    """Return the key of an account, the system's own included; raises `AccountNotFound`."""
    row = (await connection.execute(_named(name))).one_or_none()
    if row is None:
        raise AccountNotFound
    return int(row.id)


async def system_account(connection: AsyncConnection, name: str) -> Account:
    """Return one of the system's own actors; raises `AccountNotFound`."""
    row = (await connection.execute(_named(name).where(AccountRow.role == Role.SYSTEM))).one_or_none()
    if row is None:
        raise AccountNotFound
    return _account(row)


async def person_id_by_name(connection: AsyncConnection, name: str) -> int:
    """Return the key of somebody who may log in; raises `AccountNotFound`."""
    row = (await connection.execute(_named(name).where(MAY_LOG_IN))).one_or_none()
    if row is None:
        raise AccountNotFound
    return int(row.id)


async def add_account(
    connection: AsyncConnection,
    *,
    name: str,
    display_name: str,
    role: Role,
    password_hash: str | None,
    now: datetime,
) -> int:
    """Return the key of a new account; raises `NameTaken`."""
    statement = (
        insert(AccountRow)
        .values(
            name=name,
            name_key=name_key(name),
            display_name=display_name,
            role=role,
            password_hash=password_hash,
            created_at=now,
        )
        .returning(AccountRow.id)
    )
    try:
        async with connection.begin_nested():
            return (await connection.execute(statement)).scalar_one()
    except IntegrityError as error:
        raise NameTaken from error


async def password_login(connection: AsyncConnection, name: str) -> tuple[Account, str] | None:
    """Return an active account that has a password, with its hash."""
    row = (
        await connection.execute(_named(name).where(AccountRow.password_hash.is_not(None), MAY_LOG_IN))
    ).one_or_none()
    if row is None:
        return None
    return _account(row), row.password_hash


async def open_session(
    connection: AsyncConnection,
    *,
    token_sha256: str,
    account_id: int,
    csrf_token: str,
    now: datetime,
    lasts: timedelta,
) -> None:
    """Write a session, and sweep out those that are over."""
    await connection.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
    await connection.execute(
        insert(SessionRow).values(
            token_sha256=token_sha256,
            account_id=account_id,
            csrf_token=csrf_token,
            created_at=now,
            expires_at=now + lasts,
        )
    )


async def session_account(
    connection: AsyncConnection, token_sha256: str, now: datetime
) -> tuple[Account, str] | None:
    """Return whose live session this is, with its CSRF token."""
    row = (
        await connection.execute(
            select(AccountRow.__table__, SessionRow.csrf_token, *preferences.COLUMNS)
            .join(SessionRow, SessionRow.account_id == AccountRow.id)
            .outerjoin(PreferencesRow, PreferencesRow.account_id == AccountRow.id)
            .where(
                SessionRow.token_sha256 == token_sha256,
                SessionRow.expires_at > now,
                SessionRow.ended_because.is_(None),
                MAY_LOG_IN,
            )
        )
    ).one_or_none()
    if row is None:
        return None
    account = replace(_account(row), preferences=preferences.preferences_of(row))
    return account, row.csrf_token


async def session_end(connection: AsyncConnection, token_sha256: str) -> SessionEnd | None:
    """Return why an administrator ended a session; None where none did."""
    return await connection.scalar(
        select(SessionRow.ended_because).where(SessionRow.token_sha256 == token_sha256)
    )


async def close_session(connection: AsyncConnection, token_sha256: str) -> None:
    """End a session."""
    await connection.execute(delete(SessionRow).where(SessionRow.token_sha256 == token_sha256))


async def add_login_link(
    connection: AsyncConnection, *, token_sha256: str, account_id: int, now: datetime, lasts: timedelta
) -> None:
    """Write a one-time login link; the newest takes the place of those before it."""
    # Two new links of one person at once: one after the other.
    await connection.execute(select(AccountRow.id).where(AccountRow.id == account_id).with_for_update())
    await connection.execute(
        delete(LoginLinkRow).where(LoginLinkRow.account_id == account_id, LoginLinkRow.used_at.is_(None))
    )
    await connection.execute(
        insert(LoginLinkRow).values(
            token_sha256=token_sha256, account_id=account_id, created_at=now, expires_at=now + lasts
        )
    )


async def is_link_open(connection: AsyncConnection, token_sha256: str, now: datetime) -> bool:
    """Whether a link could be spent now."""
    return (
        await connection.scalar(select(LoginLinkRow.account_id).where(*_is_open(token_sha256, now)))
        is not None
    )


async def use_login_link(connection: AsyncConnection, token_sha256: str, now: datetime) -> int | None:
    """Spend a link and return whose it was; None when it is unknown, old or spent."""
    return await connection.scalar(
        update(LoginLinkRow)
        .where(*_is_open(token_sha256, now))
        .values(used_at=now)
        .returning(LoginLinkRow.account_id)
    )


async def active_by_name(connection: AsyncConnection, name: str) -> Account | None:
    """Return the colleague of this login name, or None."""
    row = (await connection.execute(_named(name).where(MAY_LOG_IN))).one_or_none()
    return None if row is None else _account(row)


async def staying_by_name(connection: AsyncConnection, name: str) -> Account | None:
    """Return the colleague of this login name, who keeps role and access until this transaction ends.

    Locked before any case, as by whoever claims one.
    """
    row = (await connection.execute(_named(name).where(MAY_LOG_IN).with_for_update(read=True))).one_or_none()
    return None if row is None else _account(row)


async def accounts(connection: AsyncConnection) -> list[Account]:
    """Return all people (not the system's actors), by name."""
    rows = await connection.execute(select(AccountRow.__table__).where(MAY_LOG_IN).order_by(AccountRow.name))
    return [_account(row) for row in rows]


async def add_client(connection: AsyncConnection, *, name: str, key_sha256: str, now: datetime) -> int:
    """Return the key of a new API client; raises `NameTaken`."""
    statement = (
        insert(ClientRow)
        .values(name=name, name_key=name_key(name), key_sha256=key_sha256, created_at=now)
        .returning(ClientRow.id)
    )
    try:
        async with connection.begin_nested():
            return (await connection.execute(statement)).scalar_one()
    except IntegrityError as error:
        raise NameTaken from error


def _is_open(token_sha256: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        LoginLinkRow.token_sha256 == token_sha256,
        LoginLinkRow.used_at.is_(None),
        LoginLinkRow.expires_at > now,
        LoginLinkRow.account_id.in_(select(AccountRow.id).where(MAY_LOG_IN)),
    )


def _named(name: str) -> Select[Any]:
    """Select the account of a name, however it is written; the very one where older ones read the same."""
    is_it = (AccountRow.name_key == name_key(name)) | (AccountRow.name == name)
    return select(AccountRow.__table__).where(is_it).order_by((AccountRow.name == name).desc()).limit(1)


def _account(row: Row[Any]) -> Account:
    return Account(id=row.id, name=row.name, display_name=row.display_name, role=row.role)
