"""Filters of the queue: each lets the right cases through, none makes the database sort."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_blind
from app.database.cases.claims import claim
from app.database.cases.keeping.claim_statements import claim_statement
from app.database.cases.queue import rows, rows_statement
from app.database.cases.worklists.queue_filters import QueueFilter, conditions
from app.review import blindness
from app.review.case import CaseKind, CaseState
from app.triage.labels import Label, Reason
from tests.builders import NOON
from tests.database.payments.stored_payments import case_of, paid
from tests.database.world import World, a_world

# Before the world's own case by far.
FIRST = 1000.0


async def listed(connection: AsyncConnection, world: World, wanted: QueueFilter, **further: Any) -> list[int]:
    of_mine = conditions(wanted, account_id=world.author, now=NOON)
    found = await rows(connection, wanted.state, of_mine, limit=50, **further)
    return [each.case_id for each in found if each.case_id != world.case]


async def a_queued_case(
    connection: AsyncConnection, world: World, *, priority: float = FIRST, **changes: Any
) -> int:
    about: dict[str, Any] = {"label": "unknown"}
    about |= {name: changes.pop(name) for name in ("card", "label") if name in changes}
    (key,) = await paid(connection, world, **about)
    return await case_of(connection, key, priority=priority, **changes)


async def test_nothing_said_lists_all_open_cases_in_their_order(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    low, high = (
        await a_queued_case(connection, world),
        await a_queued_case(connection, world, priority=FIRST + 1),
    )
    await a_queued_case(connection, world, state="escalated")
    same = await a_queued_case(connection, world)
    assert await listed(connection, world, QueueFilter()) == [high, low, same]
    assert await listed(connection, world, QueueFilter(), after=low) == [same]


async def test_each_filter_lets_through_what_it_says(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    old = await a_queued_case(connection, world, at=NOON - timedelta(hours=2), card="8841")
    new = await a_queued_case(connection, world, at=NOON)
    escalated = await a_queued_case(connection, world, state="escalated")
    hour = timedelta(hours=1)
    for wanted, expected in (
        (QueueFilter(waits_at_least=hour), [old]),
        (QueueFilter(waits_at_most=hour), [new]),
        (QueueFilter(attribute=("card", "8841")), [old]),
        (QueueFilter(attribute=("card", "884")), []),
        (QueueFilter(amount_from=Decimal(11), amount_to=Decimal(11)), [old, new]),
        (QueueFilter(amount_from=Decimal("11.01")), []),
        (QueueFilter(amount_to=Decimal("10.99")), []),
        (QueueFilter(policy_id=world.policy), [old, new]),
        (QueueFilter(policy_id=world.policy + 1), []),
        (QueueFilter(reason=Reason.NOVEL), [old, new]),
        (QueueFilter(reason=Reason.AMBIGUOUS), []),
        (QueueFilter(state=CaseState.ESCALATED), [escalated]),
        (QueueFilter(is_mine=True), []),
    ):
        assert await listed(connection, world, wanted) == expected, wanted


async def test_mine_is_what_i_hold_and_what_was_handed_to_me(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    held, handed, past = [await a_queued_case(connection, world) for _ in range(3)]
    ends = {"account": world.author, "soon": NOON + timedelta(minutes=1), "past": NOON}
    for case_id, until in ((held, ":soon"), (past, ":past")):
        await connection.execute(
            text(
                "UPDATE cases SET holder_id = :account, lease_token = gen_random_uuid(),"
                f" lease_expires_at = {until} WHERE id = {case_id}"
            ),
            ends,
        )
    await connection.execute(
        text(f"UPDATE cases SET offered_to = :account, offered_until = :soon WHERE id = {handed}"), ends
    )
    assert await listed(connection, world, QueueFilter(is_mine=True)) == [held, handed]


async def test_a_cause_never_names_a_blind_case(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    audit = await a_queued_case(connection, world, kind="audit", label="legit")
    await a_queued_case(connection, world, is_blind=True)
    seen = await a_queued_case(connection, world)
    wanted = QueueFilter(reason=Reason.NOVEL)
    assert await listed(connection, world, wanted) == [seen]
    assert audit in await listed(connection, world, QueueFilter())


async def test_an_audit_stays_hidden_whatever_was_drawn_before_it_was_one(
    connection: AsyncConnection,
) -> None:
    """Such as a case without a score, drawn open, of which the machine then decided."""
    world = await a_world(connection)
    await a_queued_case(connection, world, kind="audit", label="legit", is_blind=False)
    assert await listed(connection, world, QueueFilter(reason=Reason.NOVEL)) == []


@pytest.mark.parametrize("drawn", [None, False, True])
@pytest.mark.parametrize("has_score", [False, True])
@pytest.mark.parametrize("label", list(Label))
@pytest.mark.parametrize("kind", list(CaseKind))
async def test_the_database_hides_what_the_house_hides(
    connection: AsyncConnection, kind: CaseKind, label: Label, has_score: bool, drawn: bool | None
) -> None:
    """One rule, said twice: over every kind of case, decision and draw there is."""
    is_so = await connection.scalar(
        text(f"""
        WITH blind_draws AS (
            SELECT 1 AS case_id, CAST(:drawn AS boolean) AS is_blind WHERE CAST(:drawn AS boolean) IS NOT NULL
        )
        SELECT {is_blind("c", "d")}
        FROM (SELECT 1 AS id, CAST(:kind AS text) AS kind) c,
            (SELECT CAST(:label AS text) AS label, CAST(:has_score AS boolean) AS is_scored) d
        """),
        {"drawn": drawn, "kind": kind.value, "label": label.value, "has_score": has_score},
    )
    assert is_so is blindness.is_blind(kind, label, has_score=has_score, drawn=drawn)


EVERYTHING = QueueFilter(
    reason=Reason.NOVEL,
    amount_from=Decimal(1),
    amount_to=Decimal(10**6),
    waits_at_least=timedelta(0),
    waits_at_most=timedelta(days=1),
    attribute=("card", "8841"),
)


async def test_a_claim_takes_the_first_case_that_fits_all(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    await a_queued_case(connection, world, priority=FIRST + 1)
    wanted = await a_queued_case(connection, world, card="8841")
    fits = conditions(EVERYTHING, account_id=world.author, now=NOON)
    taken = await claim(
        connection,
        claim_statement(CaseState.OPEN, further=fits.sql),
        account_id=world.author,
        token=uuid4(),
        now=NOON,
        expires_at=NOON + timedelta(minutes=3),
        is_reserved=False,
        **fits.parameters,
    )
    assert taken is not None
    assert taken.case_id == wanted


@pytest.mark.parametrize("is_further", [False, True])
@pytest.mark.parametrize("state", [CaseState.OPEN, CaseState.ESCALATED])
async def test_no_filter_makes_the_queue_be_sorted(
    connection: AsyncConnection, state: CaseState, is_further: bool
) -> None:
    world = await a_world(connection)
    keys = await paid(connection, world, several=5000, label="unknown", card="8841")
    await connection.execute(
        text(
            "INSERT INTO cases (transaction_id, decision_id, kind, state, expected_loss, priority_key,"
            " fallback, opened_at)"
            " SELECT transaction_id, id, 'unknown', :state, 1, id, 'wait', :at FROM decisions"
            " WHERE transaction_id = ANY(CAST(:keys AS bigint[]))"
        ),
        {"keys": keys, "at": NOON, "state": state.value},
    )
    await connection.execute(
        text("INSERT INTO blind_draws SELECT id, false, 0.5, now() FROM cases ON CONFLICT DO NOTHING")
    )
    await connection.execute(text("ANALYZE blind_draws, cases, transactions, decisions"))
    fits = conditions(EVERYTHING, account_id=world.author, now=NOON)
    statement = rows_statement(state, fits, is_further=is_further)
    after = {"after": await connection.scalar(text("SELECT max(id) FROM cases"))} if is_further else {}
    plan = await connection.execute(
        text(f"EXPLAIN (ANALYZE, COSTS OFF) {statement.text}"), {**fits.parameters, "limit": 50, **after}
    )
    lines = [line for (line,) in plan]
    index = "ix_cases_queue" if state is CaseState.OPEN else "ix_cases_escalated"
    assert any(f"Index Scan using {index}" in line for line in lines), lines
    # Fifty rows may be put in order again after their payments were looked up; the queue may not.
    inner = "\n".join(lines).partition("Limit")[2]
    assert "Sort" not in inner, "\n".join(lines)
