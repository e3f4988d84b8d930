"""People as administrators see and change them: state, role, open sessions, tokens and cases."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.access.accounts import AccountNotFound
from app.database.leases import is_held
from app.database.tables.people import AccountRow
from app.review.access.administration import SessionEnd
from app.review.access.people import Ability, Account, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person, with how many sessions and tokens are open and how many cases are held."""

    account: Account
    is_active: bool
    has_password: bool
    created_at: datetime
    sessions: int
    tokens: int
    #: Cases held now.
    cases: int


PEOPLE = f"""
SELECT a.id, a.name, a.display_name, a.role, a.is_active, a.created_at,
    a.password_hash IS NOT NULL AS has_password,
    (SELECT count(*) FROM sessions s WHERE s.account_id = a.id AND s.expires_at > :now
        AND s.ended_because IS NULL) AS sessions,
    (SELECT count(*) FROM account_tokens t WHERE t.account_id = a.id AND t.expires_at > :now
        AND t.revoked_at IS NULL) AS tokens,
    (SELECT count(*) FROM cases c WHERE c.holder_id = a.id AND {is_held("c")}
        AND NOT c.is_reserved) AS cases
FROM accounts a WHERE a.role <> 'system'{{further}} ORDER BY a.is_active DESC, a.name
"""
ALL = text(PEOPLE.format(further=""))
ONE = text(PEOPLE.format(further=" AND a.id = :account_id"))
# In one order, and not against the references that verdicts make: nobody waits in a circle. Whoever waits
# here looks at the rows as they are when it is their turn.
LOCKED = text("""
SELECT id, name, display_name, role, is_active FROM accounts
WHERE id = ANY(:account_ids) OR (role = 'admin' AND is_active)
ORDER BY id FOR NO KEY UPDATE
""")
END_SESSIONS = text("""
UPDATE sessions SET ended_because = :because
WHERE account_id = :account_id AND ended_because IS NULL AND expires_at > :now
""")
END_LINKS = text("DELETE FROM login_links WHERE account_id = :account_id AND used_at IS NULL")
END_TOKENS = text("""
UPDATE account_tokens SET revoked_at = :now
WHERE account_id = :account_id AND revoked_at IS NULL AND expires_at > :now
""")
FREE_CASES = text("""
WITH held AS MATERIALIZED (
    SELECT id, lease_token, is_reserved FROM cases
    WHERE holder_id = :account_id AND lease_token IS NOT NULL AND state = ANY(:states)
    ORDER BY id FOR UPDATE
),
ended AS (
    INSERT INTO claim_ends (token, how, ended_at, ended_by)
    SELECT lease_token, CASE WHEN is_reserved THEN 'unopened' ELSE 'access_ended' END, :now,
        CAST(:account_id AS bigint)
    FROM held ON CONFLICT (token) DO NOTHING
)
UPDATE cases SET holder_id = NULL, lease_token = NULL, lease_expires_at = NULL, is_reserved = false,
    shown_at = NULL
FROM held WHERE cases.id = held.id
""")
FREE_OFFERS = text("""
UPDATE cases SET offered_to = NULL, offered_until = NULL
WHERE id IN (
    SELECT id FROM cases WHERE offered_to = :account_id AND state = ANY(:states) ORDER BY id FOR UPDATE
)
""")
# A wait goes on: it returns to all.
FREE_ASSIGNMENTS = text("""
WITH theirs AS MATERIALIZED (
    SELECT id FROM cases WHERE assigned_to = :account_id AND state = ANY(:states) ORDER BY id FOR UPDATE
),
ended AS (
    UPDATE case_assignments SET ended_at = greatest(assigned_at, :now), how = 'access_ended'
    FROM theirs WHERE case_assignments.case_id = theirs.id AND case_assignments.ended_at IS NULL
)
UPDATE cases SET assigned_to = NULL, assigned_until = NULL FROM theirs WHERE cases.id = theirs.id
""")


async def everybody(connection: AsyncConnection, now: datetime) -> list[Person]:
    """Return all people, those who are active first, by name."""
    return [_person(row) for row in (await connection.execute(ALL, {"now": now})).mappings()]


async def person(connection: AsyncConnection, account_id: int, now: datetime) -> Person:
    """Return one person; raises `AccountNotFound`."""
    row = (await connection.execute(ONE, {"now": now, "account_id": account_id})).mappings().one_or_none()
    if row is None:
        raise AccountNotFound
    return _person(row)


async def locked(connection: AsyncConnection, *account_ids: int) -> dict[int, tuple[Account, bool]]:
    """Return these accounts and all active administrators, and which of them are active, by key.

    Nobody else changes them until this transaction ends.
    """
    rows = await connection.execute(LOCKED, {"account_ids": list(account_ids)})
    return {row["id"]: (_account(row), row["is_active"]) for row in rows.mappings()}


async def set_active(connection: AsyncConnection, account_id: int, *, is_active: bool) -> None:
    """Let somebody in again, or no more."""
    await connection.execute(
        update(AccountRow).where(AccountRow.id == account_id).values(is_active=is_active)
    )


async def set_role(connection: AsyncConnection, account_id: int, role: Role) -> None:
    """Give somebody another role."""
    await connection.execute(update(AccountRow).where(AccountRow.id == account_id).values(role=role))


async def set_password(connection: AsyncConnection, account_id: int, password_hash: str | None) -> None:
    """Give somebody another password; None: links only."""
    await connection.execute(
        update(AccountRow).where(AccountRow.id == account_id).values(password_hash=password_hash)
    )


async def end_sessions(
    connection: AsyncConnection, account_id: int, because: SessionEnd, now: datetime
) -> int:
    """End all of somebody's sessions and unspent links; return how many sessions."""
    await connection.execute(END_LINKS, {"account_id": account_id})
    parameters = {"account_id": account_id, "because": because.value, "now": now}
    return (await connection.execute(END_SESSIONS, parameters)).rowcount


async def end_tokens(connection: AsyncConnection, account_id: int, now: datetime) -> int:
    """Revoke all of somebody's access tokens; return how many lived."""
    return (await connection.execute(END_TOKENS, {"account_id": account_id, "now": now})).rowcount


async def free_cases(connection: AsyncConnection, account_id: int, role: Role | None, now: datetime) -> int:
    """Give back what somebody holds, is offered or assigned and may not have in this role (None: in any)."""
    states = _not_for(role, account_id)
    if not states:
        return 0
    theirs = {"account_id": account_id, "states": states, "now": now}
    freed = await connection.execute(FREE_CASES, theirs)
    await connection.execute(FREE_ASSIGNMENTS, theirs)
    await connection.execute(FREE_OFFERS, {"account_id": account_id, "states": states})
    return freed.rowcount


def _not_for(role: Role | None, account_id: int) -> list[str]:
    """Return the states of live cases that are not for a role."""
    needed = {"open": Ability.JUDGE, "escalated": Ability.JUDGE_ESCALATED}
    if role is None:
        return list(needed)
    somebody = Account(id=account_id, name="", display_name="", role=role)
    return [state for state, ability in needed.items() if not somebody.may(ability)]


def _person(row: RowMapping) -> Person:
    return Person(
        account=_account(row),
        is_active=row["is_active"],
        has_password=row["has_password"],
        created_at=row["created_at"],
        sessions=row["sessions"],
        tokens=row["tokens"],
        cases=row["cases"],
    )


def _account(row: RowMapping) -> Account:
    return Account(id=row["id"], name=row["name"], display_name=row["display_name"], role=Role(row["role"]))
