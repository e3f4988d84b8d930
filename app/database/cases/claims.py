"""Who holds which case: claims, reservations, and how each hold ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.cases.keeping.claim_statements import OPEN_RESERVED
from app.database.leases import is_held
from app.database.tables.cases import ClaimRow
from app.database.tables.people import AccountRow
from app.database.tables.review import ClaimEndRow
from app.review.access.administration import AccountChanged
from app.review.access.people import Ability, Account
from app.review.case import ClaimEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassignment:
    """Who reassigned a case last, and their note to the new assignee."""

    by_id: int
    by_name: str
    #: None: kept from the reader for now.
    words: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaim:
    """A case that was just claimed, and whether an earlier claim on it had expired."""

    case_id: int
    ran_out: bool


HELD_BY = text(f"""
SELECT id FROM cases
WHERE holder_id = :account_id AND {is_held("cases")} AND is_reserved = :is_reserved
ORDER BY lease_expires_at DESC LIMIT 1 FOR NO KEY UPDATE
""")
LOOKED_AT_AGAIN = text(f"""
SELECT id FROM cases
WHERE holder_id = :account_id AND {is_held("cases")} AND NOT is_reserved
    AND kind IN ('gold', 'second', 'ruling')
ORDER BY lease_expires_at DESC LIMIT 1
""")
FREE_RESERVED = text("""
WITH freed AS (
    SELECT id, lease_token FROM cases WHERE holder_id = :account_id AND is_reserved FOR UPDATE
),
ended AS (
    INSERT INTO claim_ends (token, how, ended_at) SELECT lease_token, 'unopened', :now FROM freed
    ON CONFLICT (token) DO NOTHING
)
UPDATE cases SET holder_id = NULL, lease_token = NULL, lease_expires_at = NULL, is_reserved = false
FROM freed WHERE cases.id = freed.id
""")
# Never shortened: a form without scripts was given longer.
RENEW_RESERVED = text(f"""
UPDATE cases SET lease_expires_at = greatest(lease_expires_at, :expires_at)
WHERE holder_id = :account_id AND is_reserved AND {is_held("cases")}
""")


async def one_claim_at_a_time(connection: AsyncConnection, account: Account) -> None:
    """Let an account's second tab wait for its first, so that nobody holds two cases by accident.

    Raises `AccountChanged` when it was shut out or given another role meanwhile.
    """
    role = await connection.scalar(
        select(AccountRow.role)
        .where(AccountRow.id == account.id, AccountRow.is_active)
        .with_for_update(key_share=True)
    )
    if role is not account.role:
        raise AccountChanged


async def held_by(
    connection: AsyncConnection, account_id: int, now: datetime, *, is_reserved: bool
) -> int | None:
    """Return the case this account holds a live lease on: the one it looks at, or the one it has ready.

    It is locked, so that it is still held when this transaction reads it: another tab may be giving it away.
    """
    parameters = {"account_id": account_id, "now": now, "is_reserved": is_reserved}
    case_id: int | None = await connection.scalar(HELD_BY, parameters)
    return case_id


async def looked_at_again(connection: AsyncConnection, account_id: int, now: datetime) -> int | None:
    """Return the case this account looks at that somebody judged before; None: there is none."""
    case_id: int | None = await connection.scalar(LOOKED_AT_AGAIN, {"account_id": account_id, "now": now})
    return case_id


async def claim(
    connection: AsyncConnection,
    statement: TextClause,
    *,
    account_id: int,
    token: UUID,
    now: datetime,
    expires_at: datetime,
    is_reserved: bool,
    **further: object,
) -> NewClaim | None:
    """Lease the case a claim statement finds to this account and return it; None when it finds none."""
    parameters = {
        "account_id": account_id, "token": token, "now": now, "expires_at": expires_at,
        "is_reserved": is_reserved,
    }  # fmt: skip
    row = (await connection.execute(statement, parameters | further)).one_or_none()
    return None if row is None else NewClaim(case_id=row.case_id, ran_out=row.ran_out)


async def open_reserved(
    connection: AsyncConnection, account: Account, *, now: datetime, expires_at: datetime
) -> int | None:
    """Make the reserved case of an account its current one and return its id.

    None where it has none, or where another is assigned to it: that one comes first.
    """
    statement = OPEN_RESERVED[account.may(Ability.JUDGE_ESCALATED)]
    parameters = {"account_id": account.id, "now": now, "expires_at": expires_at}
    case_id: int | None = await connection.scalar(statement, parameters)
    return case_id


async def free_reserved(connection: AsyncConnection, account_id: int, now: datetime) -> None:
    """Release the reserved case of an account, which was not opened."""
    await connection.execute(FREE_RESERVED, {"account_id": account_id, "now": now})


async def renew_reserved(
    connection: AsyncConnection, account_id: int, *, now: datetime, expires_at: datetime
) -> None:
    """Extend the reservation of an account's next case to the end of its current claim."""
    await connection.execute(RENEW_RESERVED, {"account_id": account_id, "now": now, "expires_at": expires_at})


async def add(
    connection: AsyncConnection,
    case_id: int,
    *,
    account_id: int,
    token: UUID,
    decision_id: int,
    now: datetime,
) -> None:
    """Write that an account holds a case under this token."""
    await connection.execute(
        insert(ClaimRow).values(
            token=token, case_id=case_id, account_id=account_id, decision_id=decision_id, claimed_at=now
        )
    )


async def end(
    connection: AsyncConnection,
    token: UUID,
    how: ClaimEnd,
    *,
    now: datetime,
    by: int | None = None,
    reason: str | None = None,
) -> None:
    """Write how a hold ended, unless that is known already."""
    await end_all(connection, {token: how}, now=now, by=by, reason=reason)


async def end_all(
    connection: AsyncConnection,
    ends: Mapping[UUID, ClaimEnd],
    *,
    now: datetime,
    by: int | None = None,
    reason: str | None = None,
) -> None:
    """Write how several holds ended, as `end` does."""
    if ends:
        rows = [
            {"token": token, "how": how, "ended_at": now, "ended_by": by, "reason": reason}
            for token, how in ends.items()
        ]
        await connection.execute(upsert(ClaimEndRow).on_conflict_do_nothing(), rows)


HANDED_OVER = text("""
SELECT accounts.id, accounts.display_name, claim_ends.reason
FROM claims JOIN claim_ends USING (token) JOIN accounts ON accounts.id = claim_ends.ended_by
WHERE claims.case_id = :case_id AND claim_ends.how = 'handed_over'
ORDER BY claim_ends.ended_at DESC LIMIT 1
""")


async def last_reassignment(connection: AsyncConnection, case_id: int) -> Reassignment | None:
    """Return who reassigned a case last, and with what note."""
    row = (await connection.execute(HANDED_OVER, {"case_id": case_id})).one_or_none()
    return (
        None if row is None else Reassignment(by_id=row.id, by_name=row.display_name, words=row.reason or "")
    )


async def of_token(
    connection: AsyncConnection, token: UUID, *, account_id: int, case_id: int
) -> tuple[int | None, datetime, ClaimEnd | None] | None:
    """Return the decision somebody claimed a case with, when, and how the hold ended; None: never held."""
    wanted = (
        select(ClaimRow.decision_id, ClaimRow.claimed_at, ClaimEndRow.how)
        .outerjoin(ClaimEndRow, ClaimEndRow.token == ClaimRow.token)
        .where(ClaimRow.token == token, ClaimRow.account_id == account_id, ClaimRow.case_id == case_id)
    )
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else (row.decision_id, row.claimed_at, row.how)
