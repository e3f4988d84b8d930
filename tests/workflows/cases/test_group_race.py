"""Groups that overlap, judged by several people at once: no case twice, no group in part."""

import asyncio

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases.case_groups import JudgedGroup
from app.review.access.people import Role
from app.review.case import GroupBasis
from app.review.groups.grouping import GroupKey
from app.review.groups.judgement import GroupChanged
from tests.builders import Clock, driver, rows, until_somebody_waits_for_a_lock, value
from tests.service import Service
from tests.workflows.cases.group_cases import CARD, FRAUD, LEGIT, a_group_review, as_seen, some_unknowns

DEVICE = GroupKey(basis=GroupBasis.DEVICE, value="phone 1")
BOTH = {"card": CARD.value, "device": DEVICE.value}
#: Of every case judged: how many say something of it, and by how many groups.
SAID = """
SELECT case_id, count(*) FROM (
    SELECT case_id FROM pending_verdicts UNION ALL SELECT case_id FROM verdicts
) said GROUP BY case_id HAVING count(*) > 1
"""
WHOLE = """
SELECT g.id, count(p.case_id) FROM case_groups g LEFT JOIN pending_verdicts p ON p.group_id = g.id
GROUP BY g.id ORDER BY g.id
"""


async def test_of_two_overlapping_groups_one_waits_and_is_told_what_changed(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    table = a_group_review(service, Clock(service.services.clock()))
    ada, grace = await service.person(Role.ANALYST), await service.person(Role.ANALYST)
    shared = await some_unknowns(service, 2, attributes=BOTH)
    mine = await as_seen(engine, [*shared, *await some_unknowns(service, 2)])
    device = {"device": DEVICE.value}
    hers = await as_seen(engine, [*shared, *await some_unknowns(service, 2, attributes=device)])
    between = await driver(database_url)
    try:
        async with between.transaction():
            await between.execute("SELECT 1 FROM cases WHERE id = $1 FOR UPDATE", shared[0])
            both = [
                asyncio.create_task(table.groups.judge(ada, CARD, mine, FRAUD)),
                asyncio.create_task(table.groups.judge(grace, DEVICE, hers, LEGIT)),
            ]
            await until_somebody_waits_for_a_lock(engine, backends=2)
        heard = await asyncio.gather(*both, return_exceptions=True)
    finally:
        await between.close()
    (won,) = (each for each in heard if isinstance(each, JudgedGroup))
    (lost,) = (each for each in heard if isinstance(each, GroupChanged))
    assert {each.case_id for each in lost.changes} == set(shared)
    assert await rows(engine, WHOLE) == [(won.group_id, 4)]
    assert await rows(engine, SAID) == []


@pytest.mark.parametrize("undo_seconds", [0, 10])
async def test_many_groups_at_once_judge_no_case_twice_and_no_group_in_part(
    service: Service, engine: AsyncEngine, undo_seconds: int
) -> None:
    table = a_group_review(service, Clock(service.services.clock()), undo_seconds=undo_seconds)
    case_ids = await some_unknowns(service, 24, attributes=BOTH)
    seen = await as_seen(engine, case_ids)
    people = [await service.person(Role.ANALYST) for _ in range(8)]

    async def judge(n: int) -> int:
        """Judge eight cases in turn, every part overlapping the next; return how many were."""
        part = {case_id: seen[case_id] for case_id in (case_ids * 2)[3 * n : 3 * n + 8][:: (-1) ** n]}
        key, saying = (CARD, FRAUD) if n % 2 else (DEVICE, LEGIT)
        try:
            return (await table.groups.judge(people[n], key, part, saying)).cases
        except GroupChanged:
            return 0

    judged = await asyncio.gather(*map(judge, range(8)))
    assert sum(judged) >= 8
    assert set(judged) <= {0, 8}
    assert await rows(engine, SAID) == []
    assert await value(engine, "SELECT count(*) FROM cases WHERE state IN ('given', 'judged')") == sum(judged)
    assert await value(engine, "SELECT count(*) FROM claims") == sum(judged)
    assert await value(engine, "SELECT count(*) FROM case_groups") == sum(judged) // 8


async def test_a_colleague_who_claims_at_the_same_time_has_the_case_or_the_group_has_it(
    service: Service, engine: AsyncEngine
) -> None:
    table = a_group_review(service, Clock(service.services.clock()))
    case_ids = await some_unknowns(service, 12)
    seen = await as_seen(engine, case_ids)
    ada = await service.person(Role.ANALYST)
    others = [await service.person(Role.ANALYST) for _ in range(6)]
    heard = await asyncio.gather(
        *(table.desk.claims.current_or_next(each) for each in others[:3]),
        table.groups.judge(ada, CARD, seen, FRAUD),
        *(table.desk.claims.current_or_next(each) for each in others[3:]),
        return_exceptions=True,
    )
    group = next(each for each in heard if isinstance(each, (JudgedGroup, GroupChanged)))
    held = await value(engine, "SELECT count(*) FROM cases WHERE holder_id IS NOT NULL AND state = 'open'")
    given = await value(engine, "SELECT count(*) FROM cases WHERE state = 'given'")
    assert (held, given) == ((0, 12) if isinstance(group, JudgedGroup) else (6, 0))


async def test_undo_and_settling_at_once_leave_all_or_nothing(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    clock = Clock(service.services.clock())
    table = a_group_review(service, clock)
    ada = await service.person(Role.ANALYST)
    judged = await table.groups.judge(
        ada, CARD, await as_seen(engine, await some_unknowns(service, 5)), FRAUD
    )
    between: asyncpg.Connection[asyncpg.Record] = await driver(database_url)
    try:
        async with between.transaction():
            await between.execute("SELECT 1 FROM cases ORDER BY id LIMIT 1 FOR UPDATE")
            undone = asyncio.create_task(table.groups.undo(ada, judged.group_id))
            await until_somebody_waits_for_a_lock(engine)
            clock.passes(seconds=10)
            # Four are settled; the fifth, locked, is passed over.
            assert await table.desk.verdicts.settle_due() == 4
        (heard,) = await asyncio.gather(undone, return_exceptions=True)
    finally:
        await between.close()
    assert type(heard).__name__ == "NothingToUndo"
    assert await table.desk.verdicts.settle_due() == 1
    assert await rows(engine, "SELECT state, count(*) FROM cases GROUP BY state") == [("judged", 5)]
