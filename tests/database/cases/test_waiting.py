"""What a promise on live labels waits for: verdicts on payments that a policy sent to people, all of them."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.cases import cases
from tests.builders import NOON
from tests.database.payments.stored_payments import case_of, paid
from tests.database.world import World, a_world

DAY = timedelta(days=1)


@pytest.fixture
async def world(connection: AsyncConnection) -> World:
    return await a_world(connection)


@pytest.mark.parametrize("kind", ["unknown", "audit"])
@pytest.mark.parametrize(
    ("state", "waits"),
    [("open", 1), ("escalated", 1), ("given", 1), ("judged", 0), ("closed", 0)],
)
async def test_a_payment_waits_until_its_verdict_stands(
    connection: AsyncConnection, world: World, kind: str, state: str, waits: int
) -> None:
    at = NOON + 5 * DAY
    (key,) = await paid(connection, world, at=at)
    await case_of(connection, key, kind=kind, state=state, at=at)
    assert await cases.waiting_since(connection, at, at + DAY) == waits
    assert await cases.waiting_since(connection, at - DAY, at) == 0


@pytest.mark.parametrize("kind", ["second", "ruling", "gold"])
async def test_reviews_of_reviews_and_gold_cases_bring_no_truth(
    connection: AsyncConnection, world: World, kind: str
) -> None:
    at = NOON + 5 * DAY
    (key,) = await paid(connection, world, at=at)
    first = await case_of(connection, key, state="judged", at=at)
    of = {"truth": "fraud"} if kind == "gold" else {"first": first}
    await case_of(connection, key, kind=kind, at=at, **of)
    assert await cases.waiting_since(connection, at, at + DAY) == 0
