"""The queue in every order it can go by: page by page what a sort of the whole says, by bounded reads."""

import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import inf
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases.queue import rows, rows_statement
from app.database.cases.worklists.queue_filters import QueueFilter, conditions
from app.database.service_levels import DUE_PARAMETERS, level_parameters
from app.review.case import CaseState
from app.review.queue.columns import QueueOrder, QueueSort
from app.review.queue.priority import loss_in_base
from app.review.queue.service_level import ServiceLevels
from tests.builders import NOON
from tests.database.cases.test_queue_filters import a_queued_case
from tests.database.payments.stored_payments import paid
from tests.database.plans import nodes_of, scanned
from tests.database.world import World, a_world

LEVELS = ServiceLevels()
#: Most cases have a rate, and no loss that counts here.
RARE_LEVELS = ServiceLevels(urgent_from=2000.0, high_from=1999.0)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
SORTS = [QueueSort(by=by, is_reversed=is_reversed) for by in QueueOrder for is_reversed in (False, True)]
# Few values, so that many cases are alike and only their numbers tell them apart.
CHANGE = text("""
UPDATE cases SET amount = :amount, queue_rate = CAST(:rate AS float8), queue_loss = :loss,
    respond_by = CAST(:respond_by AS timestamptz) WHERE id = :case_id
""")
ALL = text("""
SELECT id, priority_key, amount, queue_rate, queue_loss, opened_at, respond_by FROM cases
WHERE state = 'open'
""")
#: The same keys in Python: the oracle.
KEYS: dict[QueueOrder, tuple[Callable[[Any], Any], bool, bool]] = {
    QueueOrder.PRIORITY: (lambda case: case.priority_key, True, False),
    QueueOrder.AMOUNT: (
        lambda case: inf if case.queue_rate is None else case.amount * Decimal(case.queue_rate), True, True,
    ),
    QueueOrder.PENDING: (lambda case: case.opened_at, False, False),
    QueueOrder.DUE: (
        lambda case: LEVELS.due_at(
            loss_in_base(case.queue_loss, case.queue_rate), case.opened_at, case.respond_by
        ),
        False, False,
    ),
    QueueOrder.DEADLINE: (lambda case: case.respond_by or NEVER, False, False),
}  # fmt: skip


async def some_cases(connection: AsyncConnection, world: World, *, several: int) -> None:
    draws = random.Random(7)
    # What a case is about never changes otherwise.
    await connection.execute(text("SET LOCAL session_replication_role = replica"))
    for _ in range(several):
        case_id = await a_queued_case(
            connection,
            world,
            priority=draws.choice([1.0, 2.0, 3.0]),
            at=NOON - timedelta(minutes=draws.choice([5, 50, 500])),
        )
        values = {
            "case_id": case_id,
            "amount": draws.choice([10, 20, 600]),
            "rate": draws.choice([1.0, 0.5, None]),
            "loss": draws.choice([1.0, 60.0, 900.0]),
            "respond_by": draws.choice([None, NOON + timedelta(minutes=7)]),
        }
        await connection.execute(CHANGE, values)
    await connection.execute(text("SET LOCAL session_replication_role = origin"))


async def paged(connection: AsyncConnection, world: World, sort: QueueSort, *, size: int) -> list[int]:
    of_all = conditions(QueueFilter(), account_id=world.author, now=NOON)
    found: list[int] = []
    while True:
        page = await rows(
            connection,
            CaseState.OPEN,
            of_all,
            limit=size,
            after=found[-1] if found else None,
            sort=sort,
            levels=level_parameters(LEVELS, NOON),
        )
        if not page:
            return found
        found += [each.case_id for each in page]


@pytest.mark.parametrize("size", [1, 4, 50])
async def test_pages_of_any_size_are_the_whole_in_its_order(connection: AsyncConnection, size: int) -> None:
    world = await a_world(connection)
    await some_cases(connection, world, several=30)
    everything = (await connection.execute(ALL)).all()
    for sort in SORTS:
        key, begins_high, newest_first = KEYS[sort.by]
        expected = sorted(everything, key=lambda case: case.id, reverse=newest_first is not sort.is_reversed)
        # Sorting is stable: cases of one key stay in the order of their numbers.
        expected.sort(key=key, reverse=begins_high is not sort.is_reversed)
        assert await paged(connection, world, sort, size=size) == [case.id for case in expected], sort


async def test_a_case_that_is_kept_from_the_reader_tells_no_place_in_any_order(
    connection: AsyncConnection,
) -> None:
    world = await a_world(connection)
    await some_cases(connection, world, several=5)
    kept = await a_queued_case(connection, world)
    # What a case is about never changes otherwise.
    await connection.execute(text("SET LOCAL session_replication_role = replica"))
    await connection.execute(
        text("UPDATE cases SET not_for = :account WHERE id = :case_id"),
        {"account": world.author, "case_id": kept},
    )
    of_all = conditions(QueueFilter(), account_id=world.author, now=NOON)
    for sort in SORTS:
        levels = level_parameters(LEVELS, NOON)
        found = await rows(connection, CaseState.OPEN, of_all, limit=9, after=kept, sort=sort, levels=levels)
        assert found == [], sort


@pytest_asyncio.fixture
async def lean(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection to tables without the remains of other tests, by which the planner would judge."""
    async with engine.connect() as connection:
        yield connection


@pytest.mark.parametrize(
    "levels", [LEVELS, RARE_LEVELS], ids=["some of each level", "hardly any urgent or high"]
)
async def test_a_page_reads_no_payment_but_its_own_and_no_case_far_from_it(
    lean: AsyncConnection, levels: ServiceLevels
) -> None:
    """Red where cases of one key are walked from their first, or a level that hardly any has to its end."""
    world = await a_world(lean)
    await many_cases(lean, world, several=20_000)
    of_all = conditions(QueueFilter(), account_id=world.author, now=NOON)
    middle = await lean.scalar(text("SELECT max(id) - 9000 FROM cases"))
    due = {name: value for name, value in level_parameters(levels, NOON).items() if name in DUE_PARAMETERS}
    for sort in SORTS:
        for after in (None, middle):
            parameters = {**of_all.parameters, "limit": 51}
            parameters |= due if sort.by is QueueOrder.DUE else {}
            parameters |= {"after": after} if after is not None else {}
            statement = rows_statement(CaseState.OPEN, of_all, is_further=after is not None, sort=sort)
            nodes = await nodes_of(lean, statement, **parameters)
            assert scanned(nodes, begins="payments") == set(), sort
            sorts = [node for node in nodes if node["Node Type"] == "Sort"]
            assert scanned(nodes, begins="cases") == set(), sort
            walked = [node for node in nodes if node.get("Relation Name") == "cases"]
            assert (
                sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in walked) < 4000
            ), sort
            # What is sorted at last is the page alone.
            assert all(node["Actual Rows"] <= 51 for node in sorts), sort


MANY = text("""
WITH made AS (
    INSERT INTO cases (
        transaction_id, decision_id, kind, state, amount, expected_loss, queue_loss, queue_rate, priority_key,
        respond_by, fallback, opened_at
    )
    SELECT id, id, 'unknown', 'open', (random() * 1000)::numeric(16, 4), 1, random() * 900,
        CASE WHEN random() < 0.95 THEN 1 END, random() * 20,
        CASE WHEN random() < 0.3 THEN CAST(:now AS timestamptz) + random() * interval '1 day' END, 'wait',
        CAST(:now AS timestamptz) - random() * interval '2 days'
    FROM unnest(CAST(:keys AS bigint[])) AS payment(id)
    RETURNING id
)
INSERT INTO blind_draws (case_id, is_blind, probability, drawn_at) SELECT id, false, 0, :now FROM made
""")


async def many_cases(connection: AsyncConnection, world: World, *, several: int) -> None:
    """Let so many cases wait, the same each time, and the planner know it."""
    await connection.execute(text("SELECT setseed(0.5)"))
    keys = await paid(connection, world, several=several, label="unknown")
    await connection.execute(MANY, {"keys": keys, "now": NOON})
    await connection.execute(text("ANALYZE cases"))
    await connection.execute(text("ANALYZE payments"))
