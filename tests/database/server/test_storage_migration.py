"""Old payments move into one row each: nothing is lost, an early end costs nothing, and back is the same."""

from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database.payments.upkeep.consistency import breaches
from app.database.server.migrations import _config, migrate, migrate_down
from app.database.server.session import connect, transaction
from app.review.access.people import Role
from tests.builders import FOREIGN, rows
from tests.conftest import a_service
from tests.service import Service

BEFORE = "0014"
#: What a reader sees, in an order that is told; score and shadow are compared by what they say.
SEEN = {
    "transactions": "SELECT id, client_id, transaction_id, body_sha256, occurred_at, amount, currency,"
    " features, attributes, respond_by, received_at FROM transactions ORDER BY id",
    "decisions": """SELECT id, transaction_id, attempt, policy_id, model_version, label, reason,
        label_propensity, decided_at FROM decisions ORDER BY id""",
    "outcomes": """SELECT transaction_id, client_id, outcome, source, settled_at, xact, epoch FROM outcomes
        ORDER BY client_id, epoch, xact, transaction_id""",
    "cases": "SELECT id, transaction_id, decision_id, kind, state, priority_key FROM cases ORDER BY id",
    "labels": "SELECT * FROM labels ORDER BY id",
}
OLD_SCORES = """
SELECT d.id, s.evidence_fraud, s.margin, s.spread, s.novelty, s.device
FROM decisions d JOIN scores s ON s.id = d.score_id ORDER BY d.id
"""
NEW_SCORES = (
    "SELECT id, evidence_fraud, margin, spread, novelty, device FROM decisions WHERE is_scored ORDER BY id"
)


async def lived(service: Service) -> list[dict[str, Any]]:
    """Leave payments of all kinds: decided, unknown, judged, reported, with odd names and attributes."""
    bodies = [
        service.body(transaction_id=f"order ⅳ {n}", amount=f"{n}.50", attributes={"card": f"C-{n % 3}"})
        for n in range(1, 12)
    ]
    bodies += [service.body(currency=FOREIGN), service.body(attributes={}, respond_by="2099-01-01T00:00:00Z")]
    for body in bodies:
        assert (await service.post(body)).status_code == 200
    label = {
        "transaction_id": bodies[0]["transaction_id"], "label": "fraud", "source": "chargeback",
        "occurred_at": "2026-05-02T12:00:00Z", "learned_at": "2026-05-03T12:00:00Z",
    }  # fmt: skip
    told = await service.client.post("/v1/labels", json={"labels": [label]}, headers=service.headers)
    assert told.json()["accepted"] == 1
    analyst = await service.person(Role.ANALYST)
    async with await service.browser(analyst) as browser:
        assert (await browser.get("/review")).status_code == 200
    return bodies


async def asked(url: str, question: str) -> list[Any]:
    """Ask by a connection of its own: a cached plan knows the tables of before."""
    engine = connect(url, pool_size=1)
    try:
        return await rows(engine, question)
    finally:
        await engine.dispose()


async def seen(url: str) -> dict[str, list[Any]]:
    return {name: await asked(url, question) for name, question in SEEN.items()}


async def whole(url: str) -> bool:
    engine = connect(url, pool_size=1)
    try:
        async with transaction(engine) as connection:
            return await breaches(connection) == []
    finally:
        await engine.dispose()


@pytest.mark.parametrize("interrupted", [False, True], ids=["at once", "after an early end"])
async def test_old_payments_are_the_same_in_their_new_place(database_url: str, *, interrupted: bool) -> None:
    async with a_service(database_url) as service:
        bodies = await lived(service)
        answers = [(await service.post(body)).json() for body in bodies]
    before = await seen(database_url)
    await migrate_down(database_url, revision=BEFORE)
    old_scores = await asked(database_url, OLD_SCORES)
    assert await seen(database_url) == before
    if interrupted:
        await move_some(database_url, batches=2, batch_rows=4)
        assert await asked(database_url, "SELECT count(*) FROM payments") == [(8,)]
    said: list[str] = []
    await migrate(database_url, told=said.append)
    assert "moved payments" in said[-1]
    assert await seen(database_url) == before
    assert await asked(database_url, NEW_SCORES) == old_scores
    assert await asked(database_url, "SELECT count(DISTINCT payment_id) FROM payment_links") == [(12,)]
    assert await whole(database_url)
    async with a_service(database_url) as service:
        await goes_on(service, bodies, answers)


async def goes_on(service: Service, bodies: list[dict[str, Any]], answers: list[dict[str, Any]]) -> None:
    """Repeats are answered as before, new payments get numbers of their own, and decisions replay."""
    assert [(await service.post(body)).json() for body in bodies] == answers
    fresh = (await service.post(service.body())).json()
    assert fresh["decision_id"] not in {answer["decision_id"] for answer in answers}
    for answer in answers[:3]:
        path = f"/v1/decisions/{answer['decision_id']}/replay"
        assert (await service.client.post(path, headers=service.headers)).json()["equal"]


async def move_some(url: str, *, batches: int, batch_rows: int) -> None:
    """Begin the move, and end early."""
    script = ScriptDirectory.from_config(_config(None)).get_revision("0015")
    setattr(script.module, "BATCH_ROWS", batch_rows)  # noqa: B010  (a module of no known attributes)
    engine = connect(url, pool_size=1)
    for _ in range(batches):
        async with transaction(engine) as connection:
            await connection.run_sync(script.module.move_ahead)
    await engine.dispose()


async def test_an_older_release_is_not_gone_back_to_while_payments_hold_texts(database_url: str) -> None:
    """It would read such a payment as another one; without them the way back and forth is open."""
    async with a_service(database_url) as service:
        bodies = await lived(service)
        answers = [(await service.post(body)).json() for body in bodies]
    before = await seen(database_url)
    newest = "id = (SELECT max(id) FROM payments)"
    await run(database_url, f"UPDATE payments SET feature_texts = ARRAY['x'] WHERE {newest}")
    with pytest.raises(DBAPIError, match="payments hold texts among their features"):
        await migrate_down(database_url, revision="0015")
    assert await asked(database_url, "SELECT count(*) FROM payments WHERE feature_texts IS NOT NULL") == [
        (1,)
    ]
    await run(database_url, "UPDATE payments SET feature_texts = NULL")
    await migrate_down(database_url, revision="0015")
    assert await seen(database_url) == before
    await migrate(database_url)
    assert await seen(database_url) == before
    async with a_service(database_url) as service:
        await goes_on(service, bodies, answers)


async def run(url: str, statement: str) -> None:
    """Change what nothing in the product changes: payments are append-only."""
    engine = connect(url, pool_size=1)
    async with transaction(engine) as connection:
        await connection.execute(text("ALTER TABLE payments DISABLE TRIGGER USER"))
        await connection.execute(text(statement))
        await connection.execute(text("ALTER TABLE payments ENABLE TRIGGER USER"))
    await engine.dispose()
