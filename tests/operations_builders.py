"""Cases, holds and verdicts, written straight into the tables."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.server.session import transaction
from tests.builders import NOON, register_account, run, value
from tests.payments_written import written

CASE = """
INSERT INTO cases (transaction_id, decision_id, kind, state, expected_loss, priority_key, fallback, opened_at,
    closed_at, respond_by)
VALUES (:key, :key, :kind, :state, :expected_loss, :priority_key, 'wait', :opened_at, :closed_at,
    :respond_by)
RETURNING id
"""
CLAIM = """
INSERT INTO claims (token, case_id, account_id, decision_id, claimed_at)
SELECT CAST(:token AS uuid), id, CAST(:account_id AS bigint), decision_id, CAST(:claimed_at AS timestamptz)
FROM cases WHERE id = :case_id
"""
HOLD = """
UPDATE cases SET holder_id = :account_id, lease_token = CAST(:token AS uuid), lease_expires_at = :expires_at,
    is_reserved = :is_reserved WHERE id = :case_id
"""
VERDICT = """
INSERT INTO verdicts (case_id, token, account_id, judgement, decision_id, policy_id, model_version,
    claimed_at, judged_at, milliseconds_to_decide, hidden_milliseconds)
SELECT c.id, CAST(:token AS uuid), :account_id, 'legit', c.decision_id, d.policy_id, d.model_version,
    :judged_at, :judged_at, :milliseconds, :hidden
FROM cases c JOIN decisions d ON d.id = c.decision_id WHERE c.id = :case_id
"""


@dataclass(frozen=True, kw_only=True)
class OperationsTables:
    """Writes what a test wants to see."""

    engine: AsyncEngine

    async def person(self, name: str = "") -> int:
        """Return a new analyst's key."""
        async with transaction(self.engine) as connection:
            account = await register_account(connection)
            if name:
                await connection.execute(
                    text("UPDATE accounts SET display_name = :name WHERE id = :id"),
                    {"name": name, "id": account.id},
                )
        return account.id

    async def case(
        self,
        *,
        opened_at: datetime = NOON,
        reason: str = "novel",
        state: str = "open",
        expected_loss: float = 1.0,
        closed_at: datetime | None = None,
        respond_by: datetime | None = None,
        kind: str = "unknown",
        name: str = "",
        priority_key: float = 0.0,
    ) -> int:
        """Return a new case's key."""
        paid = {name or uuid4().hex: Decimal("41.90")}
        async with transaction(self.engine) as connection:
            (key,) = await written(connection, paid, at=opened_at, reason=reason)
        found: int = await value(
            self.engine, CASE, key=key, opened_at=opened_at, state=state,
            expected_loss=expected_loss, closed_at=closed_at, respond_by=respond_by, kind=kind,
            priority_key=priority_key,
        )  # fmt: skip
        return found

    async def hold(
        self,
        case_id: int,
        account_id: int,
        *,
        claimed_at: datetime = NOON,
        lasts: timedelta = timedelta(minutes=3),
        is_reserved: bool = False,
    ) -> UUID:
        """Let somebody hold a case, and return the token."""
        token = uuid4()
        await run(
            self.engine, CLAIM, token=token, case_id=case_id, account_id=account_id, claimed_at=claimed_at
        )
        await run(
            self.engine, HOLD, token=token, case_id=case_id, account_id=account_id,
            expires_at=claimed_at + lasts, is_reserved=is_reserved,
        )  # fmt: skip
        return token

    async def judged(
        self, account_id: int, *, at: datetime, milliseconds: int = 20_000, hidden: int = 0
    ) -> int:
        """Return a case that somebody judged."""
        case_id = await self.case(state="judged", opened_at=at - timedelta(minutes=30), closed_at=at)
        token = uuid4()
        await run(self.engine, CLAIM, token=token, case_id=case_id, account_id=account_id, claimed_at=at)
        await run(
            self.engine, VERDICT, token=token, case_id=case_id, account_id=account_id, judged_at=at,
            milliseconds=milliseconds, hidden=hidden,
        )  # fmt: skip
        return case_id
