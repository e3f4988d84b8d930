"""The numbers of operations are those of the rows, and a number's list holds exactly the cases it counts."""

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.operations import case_lists, queue_figures
from app.database.operations.case_lists import CaseQuery
from app.database.server.session import transaction
from app.review.case import CaseState
from app.review.queue.depth import AgeBand
from app.review.queue.service_level import Priority, ServiceLevels, Timeliness
from app.triage.labels import Reason
from tests.builders import NOON, rows
from tests.operations_builders import OperationsTables
from tests.review.queue.bands import age_band
from tests.service import Service

LEVELS = ServiceLevels()
REASONS = ("novel", "ambiguous", "between_bounds")


@pytest.fixture
def tables(service: Service, engine: AsyncEngine) -> OperationsTables:
    """The service is there for its clients, model and policy."""
    del service
    return OperationsTables(engine=engine)


async def a_crowd(tables: OperationsTables, *, cases: int = 120) -> None:
    """Cases of all ages, causes and stakes, some escalated, some with a deadline, some over."""
    draws = random.Random(5)
    for number in range(cases):
        opened_at = NOON - timedelta(seconds=round(draws.paretovariate(0.4) * 60))
        state = draws.choice(["open", "open", "open", "escalated", "judged", "closed"])
        await tables.case(
            opened_at=opened_at,
            reason=draws.choice(REASONS),
            state=state,
            expected_loss=round(draws.lognormvariate(3, 2), 2),
            closed_at=NOON if state in {"judged", "closed"} else None,
            respond_by=opened_at + timedelta(minutes=draws.choice([5, 50, 500])) if number % 3 else None,
            priority_key=draws.choice([draws.gauss(0, 1), 0.0]),
        )


async def listed(
    engine: AsyncEngine, wanted: CaseQuery, *, now: datetime = NOON, at_once: int = 7
) -> list[int]:
    """Return all of a list, read a few at a time."""
    found: list[int] = []
    after = None
    while True:
        async with transaction(engine) as connection:
            page = await case_lists.listed(connection, wanted, LEVELS, now, limit=at_once, after=after)
        found += [each.case_id for each in page]
        if len(page) < at_once:
            return found
        after = page[-1].place


async def test_sql_and_the_core_agree_on_every_case_and_every_number_opens_its_cases(
    engine: AsyncEngine, tables: OperationsTables
) -> None:
    await a_crowd(tables)
    stored = await rows(
        engine,
        "SELECT c.*, d.reason FROM cases c JOIN decisions d ON d.id = c.decision_id"
        " WHERE c.state IN ('open', 'escalated')",
    )
    expected: Counter[tuple[object, ...]] = Counter()
    for row in stored:
        due_at = LEVELS.due_at(row.expected_loss, row.opened_at, row.respond_by)
        timeliness = LEVELS.timeliness(row.opened_at, due_at, NOON)
        priority = LEVELS.priority(row.expected_loss)
        expected[(row.state, row.reason, age_band(NOON - row.opened_at), priority, timeliness)] += 1
    async with transaction(engine) as connection:
        depth = await queue_figures.depth(connection, LEVELS, NOON)
    counted = {
        (each.state, each.reason, each.age, each.priority, each.timeliness): each.cases
        for each in depth.cells
    }
    assert counted == expected
    assert depth.oldest_opened_at == min(row.opened_at for row in stored)
    assert len({key[4] for key in counted}) == 3, "the crowd is too uniform to prove anything"
    for age in AgeBand:
        for reason in REASONS:
            number = depth.total(age=age, reasons=(Reason(reason),))
            assert len(await listed(engine, CaseQuery(age=age, reason=Reason(reason)))) == number
    for priority in Priority:
        for timeliness in Timeliness:
            number = depth.total(priority=priority, timeliness=timeliness)
            assert len(await listed(engine, CaseQuery(priority=priority, timeliness=timeliness))) == number
    assert len(await listed(engine, CaseQuery(state=CaseState.ESCALATED))) == depth.total(
        state=CaseState.ESCALATED
    )


@pytest.mark.parametrize("at_once", [1, 7, 1000])
async def test_a_list_is_in_the_queues_own_order_and_misses_and_repeats_nothing(
    engine: AsyncEngine, tables: OperationsTables, at_once: int
) -> None:
    await a_crowd(tables, cases=60)
    in_order = await rows(
        engine,
        "SELECT id FROM cases WHERE state IN ('open', 'escalated') ORDER BY priority_key DESC, id",
    )
    assert await listed(engine, CaseQuery(), at_once=at_once) == [row.id for row in in_order]


async def test_an_hour_lists_what_came_and_what_went_in_it(
    engine: AsyncEngine, tables: OperationsTables
) -> None:
    hour = NOON - timedelta(hours=2)
    edges = [hour - timedelta(microseconds=1), hour, hour + timedelta(minutes=59), hour + timedelta(hours=1)]
    came = [await tables.case(opened_at=edge) for edge in edges]
    went = [
        await tables.case(opened_at=NOON - timedelta(days=2), state=state, closed_at=edge)
        for edge, state in zip(edges, ["judged", "judged", "closed", "judged"], strict=True)
    ]
    async with transaction(engine) as connection:
        flow = {each.begins_at: each for each in await queue_figures.flow(connection, NOON)}
    assert (flow[hour].opened, flow[hour].judged, flow[hour].closed) == (2, 1, 1)
    assert await listed(engine, CaseQuery(opened_in=hour), at_once=1) == came[1:3]
    assert await listed(engine, CaseQuery(ended_in=hour), at_once=1) == went[1:3]
    assert len(flow) == 24
    assert min(flow) == NOON - timedelta(hours=23)


async def test_arrivals_of_a_week_are_told_by_hour_of_the_day(
    engine: AsyncEngine, tables: OperationsTables
) -> None:
    for days in range(10):
        await tables.case(opened_at=NOON - timedelta(days=days, hours=2))
    async with transaction(engine) as connection:
        arrivals = await queue_figures.arrivals(connection, NOON)
    assert arrivals.days == pytest.approx(7)
    assert arrivals.cases[10] == 7
    assert sum(arrivals.cases) == 7


async def test_who_holds_what_is_told_until_the_lease_ends(
    engine: AsyncEngine, tables: OperationsTables
) -> None:
    ada, grace = await tables.person("Ada"), await tables.person("Grace")
    looked_at, ready, lapsed = [await tables.case() for _ in range(3)]
    await tables.hold(ready, ada, is_reserved=True)
    await tables.hold(looked_at, ada, claimed_at=NOON + timedelta(seconds=20))
    await tables.hold(lapsed, grace, lasts=timedelta(seconds=40))
    now = NOON + timedelta(seconds=40)
    async with transaction(engine) as connection:
        holds = await queue_figures.holds(connection, now)
    assert [(each.holder, each.case_id, each.is_reserved) for each in holds] == [
        ("Ada", looked_at, False),
        ("Ada", ready, True),
    ]
    assert holds[0].claimed_at == NOON + timedelta(seconds=20)
    assert sorted(await listed(engine, CaseQuery(holder_id=ada), now=now)) == sorted([looked_at, ready])
    assert await listed(engine, CaseQuery(holder_id=grace), now=now) == []


async def test_a_pace_counts_cases_of_the_last_hour_and_not_the_time_out_of_sight(
    engine: AsyncEngine, tables: OperationsTables
) -> None:
    ada = await tables.person("Ada")
    hour = timedelta(hours=1)
    await tables.judged(ada, at=NOON - hour)  # one hour ago is not within the last hour
    lately = [
        await tables.judged(ada, at=NOON - timedelta(minutes=30), milliseconds=10_000),
        await tables.judged(ada, at=NOON - timedelta(minutes=20), milliseconds=90_000, hidden=70_000),
        await tables.judged(ada, at=NOON, milliseconds=60_000),
    ]
    async with transaction(engine) as connection:
        (pace,) = await queue_figures.paces(connection, NOON - hour, NOON)
    assert (pace.name, pace.cases, pace.median_seconds) == ("Ada", 3, 20)
    assert sorted(await listed(engine, CaseQuery(judged_by=ada))) == sorted(lately)


async def test_an_empty_queue_is_all_zeros(engine: AsyncEngine, tables: OperationsTables) -> None:
    del tables
    async with transaction(engine) as connection:
        depth = await queue_figures.depth(connection, LEVELS, NOON)
        flow = await queue_figures.flow(connection, NOON)
        arrivals = await queue_figures.arrivals(connection, NOON)
    assert (depth.total(), depth.oldest_opened_at) == (0, None)
    assert {(each.opened, each.judged, each.closed) for each in flow} == {(0, 0, 0)}
    assert arrivals.days == 0


async def test_a_page_of_what_waits_is_read_along_the_queues_indexes(
    engine: AsyncEngine, tables: OperationsTables
) -> None:
    await a_crowd(tables, cases=30)
    async with transaction(engine) as connection:
        # What a database lent before remembers of its tables must not decide.
        await connection.exec_driver_sql("ANALYZE cases")
        for way in ("seqscan", "bitmapscan", "sort"):
            await connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        statement, parameters = case_lists.statement(CaseQuery(), LEVELS, NOON, limit=51)
        seen = await connection.execute(text(f"EXPLAIN {statement}"), parameters)
        plan = "\n".join(row[0] for row in seen)
    assert "ix_cases_queue" in plan
    assert "ix_cases_escalated" in plan
