"""Tokens of people: a program that holds one acts in its owner's name. Only hashes are stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.access.accounts import MAY_LOG_IN
from app.database.tables.people import AccountRow, AccountTokenRow
from app.review.access.people import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountToken:
    """A token as its owner sees it: everything but the token."""

    token_sha256: str
    name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def is_live(self, now: datetime) -> bool:
        """Whether it opens anything at this moment."""
        return self.revoked_at is None and now < self.expires_at


async def add(
    connection: AsyncConnection,
    *,
    token_sha256: str,
    account_id: int,
    name: str,
    now: datetime,
    lasts: timedelta,
) -> None:
    """Write a new token."""
    await connection.execute(
        insert(AccountTokenRow).values(
            token_sha256=token_sha256,
            account_id=account_id,
            name=name,
            created_at=now,
            expires_at=now + lasts,
        )
    )


async def account(connection: AsyncConnection, token_sha256: str, now: datetime) -> Account | None:
    """Return whose live token this is; None when it is unknown, over or revoked, or its owner is gone."""
    row = (
        await connection.execute(
            select(AccountRow.__table__)
            .join(AccountTokenRow, AccountTokenRow.account_id == AccountRow.id)
            .where(
                AccountTokenRow.token_sha256 == token_sha256,
                AccountTokenRow.expires_at > now,
                AccountTokenRow.revoked_at.is_(None),
                MAY_LOG_IN,
            )
        )
    ).one_or_none()
    if row is None:
        return None
    return Account(id=row.id, name=row.name, display_name=row.display_name, role=row.role)


async def of_account(connection: AsyncConnection, account_id: int) -> list[AccountToken]:
    """Return a person's tokens, the newest first, with those that are over or revoked."""
    rows = await connection.execute(
        select(AccountTokenRow.__table__)
        .where(AccountTokenRow.account_id == account_id)
        .order_by(AccountTokenRow.created_at.desc(), AccountTokenRow.token_sha256)
    )
    return [
        AccountToken(
            token_sha256=row.token_sha256,
            name=row.name,
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
        )
        for row in rows
    ]


async def revoke(connection: AsyncConnection, account_id: int, name: str, now: datetime) -> int:
    """Revoke a person's tokens of this name and return how many were not revoked before."""
    revoked = await connection.execute(
        update(AccountTokenRow)
        .where(
            AccountTokenRow.account_id == account_id,
            AccountTokenRow.name == name,
            AccountTokenRow.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    return revoked.rowcount
