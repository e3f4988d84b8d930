"""An installation from before the threshold lab comes up with its policies, and can go back down."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.database.policies import policies
from app.database.server.migrations import migrate, migrate_down
from app.database.server.session import transaction
from app.triage.costs import USUAL_COSTS
from app.triage.labels import BY_LIST, Reason
from app.triage.staffing import USUAL_STAFFING
from tests.builders import rows, run, value

SIMULATED = {
    "window_start": "2026-05-01T00:00:00+00:00",
    "window_end": "2026-05-02T00:00:00+00:00",
    "decisions": 12,
    "before": {"fraud": 1, "legit": 10, "unknown": 1},
    "after": {"fraud": 1, "legit": 9, "unknown": 2},
}


@pytest.fixture
async def old(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database as the last release left it: two versions, the second active, one decision."""
    await migrate_down(database_url, revision="0002")
    engine = create_async_engine(database_url)
    async with transaction(engine) as connection:
        for statement in OLD_WORLD.split(";"):
            await connection.execute(text(statement), {"simulation": json.dumps(SIMULATED)})
    await engine.dispose()
    yield engine
    await engine.dispose()


OLD_WORLD = """
INSERT INTO accounts (name, display_name, role, created_at)
VALUES ('ada', 'Ada', 'manager', now()), ('bob', 'Bob', 'manager', now());

INSERT INTO models VALUES ('m', 'm', '{}', now());

INSERT INTO clients (name, key_sha256, created_at) VALUES ('shop', repeat('0', 64), now());

INSERT INTO policies (model_version, state, approve_at_most, decline_at_least, novelty_at_most,
    audit_share_approved, audit_share_declined, deadline_fallback, patience_minutes, chargeback_fee,
    simulation, reason, author_id, created_at)
SELECT 'm', 'draft', -3, 2, 99, 0.01, 0.02, 'wait', 45, fee, simulation, 'Because.',
    (SELECT id FROM accounts WHERE name = 'ada'), '2026-05-02'
FROM (VALUES (25.5, NULL), (15, CAST(:simulation AS jsonb))) AS drafts (fee, simulation);

UPDATE policies SET state = 'simulated', approved_at = now(),
    approved_by = (SELECT id FROM accounts WHERE name = 'bob');

UPDATE policies SET state = 'approved';

UPDATE policies SET state = 'active' WHERE chargeback_fee = 15;

INSERT INTO active_policy (policy_id, model_version, activated_at)
SELECT id, 'm', now() FROM policies WHERE state = 'active';

INSERT INTO transactions (client_id, transaction_id, body_sha256, occurred_at, amount, currency, features,
    attributes, received_at)
SELECT id, 'a', '', now(), 1, 'EUR', '{}', '{}', now() FROM clients;

INSERT INTO decisions (transaction_id, attempt, policy_id, model_version, label, reason, label_propensity,
    decided_at)
SELECT transactions.id, 1, policies.id, 'm', 'unknown', 'between_bounds', 1, now()
FROM transactions, policies WHERE state = 'active'
"""


async def test_an_old_policy_means_what_it_meant(old: AsyncEngine, database_url: str) -> None:
    await migrate(database_url)
    async with transaction(old) as connection:
        versions = await policies.newest(connection, limit=10)
    assert [version.policy.costs.overhead for version in versions] == [15.0, 25.5]
    for version in versions:
        policy = version.policy
        assert (policy.approve_at_most, policy.decline_at_least, policy.novelty_at_most) == (-3, 2, 99)
        assert (policy.bands, policy.near_width, policy.staffing) == ((), 0.0, USUAL_STAFFING)
        assert (policy.costs.review, policy.costs.friction) == (USUAL_COSTS.review, USUAL_COSTS.friction)
        assert (policy.mutual_information_at_most, policy.expected_loss_at_most) == (None, None)
        assert policy.urgency_tau_minutes == 45.0
        assert (version.warnings, version.activates_at) == ((), None)


async def test_what_was_simulated_is_a_record_now(old: AsyncEngine, database_url: str) -> None:
    await migrate(database_url)
    (record,) = await rows(old, "SELECT * FROM policy_simulations")
    ada = await value(old, "SELECT id FROM accounts WHERE name = 'ada'")
    assert (record.decisions, record.result, record.computed_by) == (12, SIMULATED, ada)
    assert record.window_start == datetime.fromisoformat(str(SIMULATED["window_start"]))
    assert (
        await value(old, "SELECT costs->>'overhead' FROM policies WHERE id = :id", id=record.policy_id)
        == "15"
    )


async def test_up_and_down_again_loses_nothing(old: AsyncEngine, database_url: str) -> None:
    before = await _kept(old)
    await migrate(database_url)
    await migrate_down(database_url, revision="0002")
    assert await _kept(old) == before
    await migrate(database_url)
    assert await value(old, "SELECT count(*) FROM policy_simulations") == 1


async def test_what_the_older_schema_cannot_say_is_said_by_the_nearest_it_has(
    old: AsyncEngine, database_url: str
) -> None:
    await migrate(database_url)
    scheduled = await value(old, "SELECT id FROM policies WHERE state = 'approved'")
    await run(old, "UPDATE policies SET state = 'scheduled', activates_at = now() WHERE state = 'approved'")
    await run(
        old,
        "INSERT INTO policy_events (policy_id, state, account_id, happened_at)"
        " SELECT id, 'scheduled', author_id, now() FROM policies WHERE state = 'scheduled'",
    )
    # What lists decided says which entry did, and is refused on the way down (`test_lists_migration`).
    decided = set(Reason) - set(BY_LIST)
    for number, reason in enumerate(sorted(decided), start=2):
        await run(old, ANOTHER_DECISION, number=number, reason=reason.value)
    await run(old, CROSSED)
    await migrate_down(database_url, revision="0002")
    assert await value(old, "SELECT state FROM policies WHERE id = :id", id=scheduled) == "approved"
    assert await value(old, "SELECT state FROM policy_events") == "approved"
    reasons = {reason.value for reason in decided} - {
        *("epistemic_doubt", "contested", "large_exposure", "unusual_feed", "features_unsupported")
    }
    assert {row.reason for row in await rows(old, "SELECT reason FROM decisions")} == reasons
    assert await value(old, "SELECT count(*) FROM policies WHERE approve_at_most > decline_at_least") == 1
    with pytest.raises(DBAPIError, match="never changed"):
        await run(old, "DELETE FROM decisions")
    crossed = "(SELECT id FROM policies WHERE approve_at_most > decline_at_least)"
    with pytest.raises(DBAPIError, match="bounds_in_order"):
        await run(old, f"UPDATE policies SET state = 'simulated' WHERE id = {crossed}")
    await migrate(database_url)
    assert await value(old, "SELECT count(*) FROM policies") == 3


async def test_bounds_that_cross_and_decide_keep_the_schema_up(old: AsyncEngine, database_url: str) -> None:
    """The older schema could never let another version take over from them."""
    await migrate(database_url)
    await run(old, CROSSED)
    crossed = await value(old, "SELECT max(id) FROM policies")
    for state in ("simulated", "approved"):
        await run(old, f"UPDATE policies SET state = '{state}' WHERE id = {crossed}")
    async with transaction(old) as connection:
        for statement in (
            "UPDATE policies SET state = 'retired' WHERE state = 'active'",
            f"UPDATE policies SET state = 'active' WHERE id = {crossed}",
            f"UPDATE active_policy SET policy_id = {crossed}",
        ):
            await connection.execute(text(statement))
    before = await value(old, "SELECT version_num FROM alembic_version")
    with pytest.raises(DBAPIError, match="activate another version before going down"):
        await migrate_down(database_url, revision="0002")
    assert await value(old, "SELECT version_num FROM alembic_version") == before


ANOTHER_DECISION = """
INSERT INTO later_decisions (transaction_id, attempt, policy_id, label, reason, label_propensity, decided_at)
SELECT transaction_id, :number, policy_id, label, :reason, 1, now()
FROM decisions WHERE attempt = 1
"""
CROSSED = """
INSERT INTO policies (approve_at_most, approved_by, model_version, state, decline_at_least, bands, costs,
    staffing, audit_share_approved, audit_share_declined, audit_share_near, near_width, deadline_fallback,
    urgency_tau_minutes, warnings, reason, author_id, created_at)
SELECT decline_at_least + 1, approved_by, model_version, 'draft', decline_at_least, bands, costs, staffing,
    audit_share_approved, audit_share_declined, audit_share_near, near_width, deadline_fallback,
    urgency_tau_minutes, warnings, reason, author_id, created_at
FROM policies WHERE state = 'active'
"""


async def _kept(engine: AsyncEngine) -> list[Any]:
    found = []
    for table in ("policies", "policy_events", "decisions", "labels", "active_policy"):
        statement = f"SELECT to_jsonb({table}) AS row FROM {table} ORDER BY 1"
        found.append([row.row for row in await rows(engine, statement)])
    return found
