"""Each breach that a foreign key would have refused is counted by its own question."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.upkeep.consistency import QUESTIONS, breaches
from app.database.server.session import transaction
from tests.builders import FOREIGN
from tests.service import Service

#: What somebody else does to the database, and what is then found.
DAMAGE = {
    "DELETE FROM payment_keys": "payments without their key",
    "DELETE FROM cases": "unknown payments without a case",
    "UPDATE cases SET decision_id = 5": "cases whose decision is missing",
    "UPDATE cases SET transaction_id = 7": "rows of cases whose payment is missing",
    "UPDATE payment_keys SET payment_id = 9": "keys whose payment is missing",
    "UPDATE payments SET client_id = 99": "payments of an unknown client",
    "UPDATE payments SET policy_id = 99": "payments decided by an unknown policy",
    "UPDATE payments SET features = '{1}'": "features that do not fit their list",
    "UPDATE payments SET received_at = '2020-01-01'": "payments outside the month of their key",
    "INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at)"
    " VALUES (3, 'fraud', 'x', now(), now(), now())": "rows of labels whose payment is missing",
    "INSERT INTO later_outcomes (transaction_id, client_id, outcome, source, settled_at)"
    " SELECT id, client_id, 'legit', 'verdict', now() FROM payments WHERE position IS NOT NULL": (
        "outcomes settled twice"
    ),
}


async def test_what_intake_leaves_is_whole(service: Service, engine: AsyncEngine) -> None:
    for body in (service.body(), service.body(currency=FOREIGN)):
        assert (await service.post(body)).status_code == 200
    async with transaction(engine) as connection:
        assert await breaches(connection) == []


@pytest.mark.parametrize(("damage", "what"), DAMAGE.items(), ids=DAMAGE.values())
async def test_each_breach_is_found(service: Service, engine: AsyncEngine, damage: str, what: str) -> None:
    assert what in QUESTIONS
    for body in (service.body(), service.body(currency=FOREIGN)):
        assert (await service.post(body)).status_code == 200
    async with transaction(engine) as connection:
        await connection.execute(text("SET session_replication_role = replica"))
        await connection.execute(text(damage))
        found = {each.what for each in await breaches(connection)}
        await connection.execute(text("SET session_replication_role = DEFAULT"))
    assert what in found


async def test_a_detached_month_leaves_no_orphans(service: Service, engine: AsyncEngine) -> None:
    assert (await service.post(service.body(currency=FOREIGN))).status_code == 200
    async with transaction(engine) as connection:
        (name,) = (
            await connection.execute(text("SELECT DISTINCT tableoid::regclass::text FROM payments"))
        ).one()
        await connection.execute(text(f"ALTER TABLE payments DETACH PARTITION {name}"))
        assert await breaches(connection) == []
