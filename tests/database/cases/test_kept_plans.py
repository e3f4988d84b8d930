"""A claim passes over what waits and what is assigned by its index alone, however much of it stands first."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.cases.cases import QUEUE_STATE
from app.database.cases.keeping.assignments import RUNNING
from app.database.cases.keeping.claim_statements import CLAIMS, TAKE
from app.database.cases.timeline import TIMELINE
from app.review.case import CaseState
from tests.builders import NOON
from tests.database.payments.stored_payments import paid
from tests.database.plans import nodes_of, scanned
from tests.database.world import World, a_world

STATES = (CaseState.OPEN, CaseState.ESCALATED)
CASES, KEPT = 6000, 4000
OPENED = """
INSERT INTO cases (transaction_id, decision_id, kind, state, expected_loss, priority_key, fallback, opened_at)
SELECT transaction_id, id, 'unknown', :state, 1, id, 'wait', :now FROM decisions
WHERE transaction_id = ANY(CAST(:keys AS bigint[])) ORDER BY id
"""
# The most urgent ones: half wait, half are a colleague's.
KEEP = """
WITH first AS (
    SELECT id, row_number() OVER (ORDER BY priority_key DESC) AS n FROM cases WHERE state = :state
    ORDER BY priority_key DESC LIMIT :kept
)
UPDATE cases SET waits_until = CASE WHEN n % 2 = 0 THEN CAST(:later AS timestamptz) END,
    assigned_to = CASE WHEN n % 2 = 1 THEN CAST(:other AS bigint) END,
    assigned_until = CASE WHEN n % 2 = 1 THEN CAST(:later AS timestamptz) END
FROM first WHERE cases.id = first.id
"""


async def a_kept_queue(connection: AsyncConnection, state: CaseState) -> World:
    """Let many cases wait in this state, of which the most urgent are kept."""
    world = await a_world(connection)
    keys = await paid(connection, world, several=CASES, label="unknown", card="8841")
    given = {"state": state.value, "keys": keys, "now": NOON, "other": world.author, "kept": KEPT}
    await connection.execute(text(OPENED), {name: given[name] for name in ("state", "keys", "now")})
    later = {"later": NOON.replace(hour=23)}
    await connection.execute(text(KEEP), {name: given[name] for name in ("state", "other", "kept")} | later)
    await connection.execute(text("ANALYZE cases"))
    return world


@pytest.mark.parametrize("state", STATES)
async def test_a_claim_looks_at_no_row_that_is_kept(connection: AsyncConnection, state: CaseState) -> None:
    world = await a_kept_queue(connection, state)
    asked = {"account_id": world.approver, "now": NOON, "expires_at": NOON, "is_reserved": False}
    of_mine, *others = CLAIMS[state]
    for statement in (of_mine, *others):
        nodes = await nodes_of(connection, statement, **asked, token=uuid4())
        assert scanned(nodes, begins="case") == set(), statement.text
        walked = [node for node in nodes if node.get("Relation Name") == "cases"]
        assert max(node.get("Rows Removed by Filter", 0) for node in walked) <= 1
    assert (await connection.execute(others[-1], asked | {"token": uuid4()})).one().case_id
    nodes = await nodes_of(connection, TAKE[state], **asked, token=uuid4(), case_id=world.case)
    assert scanned(nodes, begins="case") == set()


async def test_what_is_read_of_one_case_goes_by_an_index(connection: AsyncConnection) -> None:
    world = await a_kept_queue(connection, CaseState.OPEN)
    fill = """
    INSERT INTO case_assignments (case_id, assignee_id, by_id, reason, assigned_at)
    SELECT id, :who, :who, 'you know them', :now FROM cases
    """
    await connection.execute(text(fill), {"who": world.author, "now": NOON})
    fill = """
    INSERT INTO case_waits (case_id, account_id, reason, began_at, until)
    SELECT id, :who, 'written to', :now, :later FROM cases
    """
    given = {"who": world.author, "now": NOON, "later": NOON.replace(hour=23)}
    await connection.execute(text(fill), given)
    await connection.execute(text("ANALYZE case_assignments, case_waits"))
    for statement, further in ((RUNNING, {}), (TIMELINE, {"now": NOON})):
        nodes = await nodes_of(connection, statement, case_id=world.case, **further)
        assert scanned(nodes, begins="case_") == set(), statement.text
    counted = (await connection.execute(QUEUE_STATE, {"now": NOON, "account_id": world.approver})).one()
    assert (counted.awaiting_customer, counted.assigned_to_others) == (KEPT / 2, KEPT / 2)
    mine = (await connection.execute(QUEUE_STATE, {"now": NOON, "account_id": world.author})).one()
    assert mine.assigned_to_others == 0
