"""Payments, decisions, cases and truths written directly, for questions about many of them."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.builders import NOON
from tests.database.world import World
from tests.payments_written import written

CLIENT = text("SELECT client_id FROM payments WHERE id = :beside")
OPEN = text("""
WITH opened AS (
INSERT INTO cases (
    transaction_id, decision_id, kind, state, amount, expected_loss, priority_key, fallback, opened_at,
    closed_at, first_case_id, truth
)
SELECT :key, (SELECT max(id) FROM decisions WHERE transaction_id = :key), :kind, :state,
    (SELECT amount FROM transactions WHERE id = :key), 1, :priority, 'wait',
    :at, CAST(:closed_at AS timestamptz), CAST(:first AS bigint), CAST(:truth AS text)
RETURNING id
),
drawn AS (
    INSERT INTO blind_draws (case_id, is_blind, probability, drawn_at)
    SELECT id, CAST(:is_blind AS boolean), 0.5, :at FROM opened
)
SELECT id FROM opened
""")
JUDGE = text("""
WITH claimed AS (
    INSERT INTO claims (token, case_id, account_id, claimed_at) VALUES (:token, :case_id, :account_id, :at)
    RETURNING token
)
INSERT INTO verdicts (
    case_id, token, account_id, judgement, note, decision_id, policy_id, model_version, claimed_at, judged_at,
    milliseconds_to_decide
)
SELECT c.id, claimed.token, :account_id, :judgement, :note, d.id, d.policy_id, d.model_version, :at, :at, 900
FROM claimed, cases c JOIN decisions d ON d.id = c.decision_id WHERE c.id = :case_id
""")
REPORT = text("""
INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at)
VALUES (:key, :label, 'chargeback', :at, :at, :at)
""")


async def paid(
    connection: AsyncConnection,
    world: World,
    *,
    several: int = 1,
    at: datetime = NOON,
    label: str = "legit",
    numbered: str | None = None,
    **attributes: str,
) -> list[int]:
    """Write decided payments with these attributes, and return their keys; `numbered` begins their ids."""
    name = numbered or uuid4().hex
    client_id = await connection.scalar(CLIENT, {"beside": world.transaction})
    amounts = {f"{name}{n}": Decimal(10 + n % 90) for n in range(1, several + 1)}
    return await written(
        connection, amounts, at=at, label=label, is_scored=True, client_id=client_id, policy_id=world.policy,
        **attributes,
    )  # fmt: skip


async def case_of(
    connection: AsyncConnection,
    key: int,
    *,
    kind: str = "unknown",
    state: str = "open",
    at: datetime = NOON,
    first: int | None = None,
    truth: str | None = None,
    priority: float = 1.0,
    is_blind: bool = False,
) -> int:
    """Open a case of a payment, drawn to be judged blind or not, and return its number."""
    closed_at = at + timedelta(minutes=1) if state in {"judged", "closed"} else None
    parameters = {
        "key": key, "kind": kind, "state": state, "at": at, "closed_at": closed_at, "first": first,
        "truth": truth, "priority": priority, "is_blind": is_blind,
    }  # fmt: skip
    case_id: int = (await connection.execute(OPEN, parameters)).scalar_one()
    return case_id


async def judged(
    connection: AsyncConnection,
    key: int,
    account_id: int,
    judgement: str = "fraud",
    *,
    at: datetime = NOON,
    note: str | None = None,
) -> int:
    """Let somebody judge a payment, and return the case's number."""
    case_id = await case_of(connection, key, state="judged", at=at)
    await said(connection, case_id, account_id, judgement, at=at, note=note)
    return case_id


async def said(
    connection: AsyncConnection,
    case_id: int,
    account_id: int,
    judgement: str = "fraud",
    *,
    at: datetime = NOON,
    note: str | None = None,
) -> None:
    """Write a verdict."""
    parameters = {
        "token": uuid4(), "case_id": case_id, "account_id": account_id, "judgement": judgement, "at": at,
        "note": note,
    }  # fmt: skip
    await connection.execute(JUDGE, parameters)


async def reported(connection: AsyncConnection, key: int, label: str, *, at: datetime = NOON) -> None:
    """Write that a chargeback told the truth of a payment."""
    await connection.execute(REPORT, {"key": key, "label": label, "at": at})
