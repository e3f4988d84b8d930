"""A group judged with one word: all of it or nothing, its grace, its way back."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Account, Role
from app.review.case import GroupBasis, Judgement, NoteMissing, NothingToUndo, VerdictReason
from app.review.groups.grouping import MOST_IN_GROUP
from app.review.groups.judgement import Change, GroupChanged, GroupSaying, GroupSizeRefused, ReasonMissing
from app.review.outcome import GroundTruth
from tests.builders import Clock, rows, run, value
from tests.service import Service
from tests.workflows.cases.group_cases import (
    CARD,
    FRAUD,
    NOBODY,
    GroupReview,
    a_group_review,
    as_seen,
    some_unknowns,
)

STATES = "SELECT state, count(*) FROM cases GROUP BY state ORDER BY state"
ENDS = "SELECT how, count(*) FROM claim_ends GROUP BY how ORDER BY how"
NOTHING_WRITTEN = """
SELECT (SELECT count(*) FROM case_groups) + (SELECT count(*) FROM pending_verdicts)
    + (SELECT count(*) FROM verdicts)
"""


@pytest.fixture
def clock(service: Service) -> Clock:
    return Clock(service.services.clock())


@pytest.fixture
def table(service: Service, clock: Clock) -> GroupReview:
    return a_group_review(service, clock)


@pytest.fixture
async def ada(service: Service) -> Account:
    return await service.person(Role.ANALYST)


async def refused(table: GroupReview, account: Account, chosen: dict[int, int]) -> dict[int, Change]:
    with pytest.raises(GroupChanged) as error:
        await table.groups.judge(account, CARD, chosen, FRAUD)
    return {each.case_id: each.change for each in error.value.changes}


async def test_a_group_is_given_at_once_and_settles_with_its_grace(
    service: Service, table: GroupReview, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    chosen = await as_seen(engine, await some_unknowns(service, 4))
    judged = await table.groups.judge(ada, CARD, chosen, FRAUD)
    assert (judged.cases, judged.settled, judged.settles_at) == (4, 0, clock.now + timedelta(seconds=10))
    assert await rows(engine, STATES) == [("given", 4)]
    assert await rows(engine, "SELECT outcome FROM outcomes") == []
    clock.passes(seconds=10)
    assert await table.desk.verdicts.settle_due() == 4
    verdicts = "SELECT judgement, reason, note, group_id, milliseconds_to_decide FROM verdicts"
    assert await rows(engine, verdicts) == [("fraud", "linked_fraud", "One gang.", judged.group_id, 9000)] * 4
    assert await rows(engine, "SELECT outcome, source FROM outcomes") == [("fraud", "verdict")] * 4
    assert await rows(engine, ENDS) == [("judged", 4)]
    assert await value(engine, "SELECT count(DISTINCT token) FROM verdicts") == 4
    group = "SELECT id, account_id, basis, value, judgement, created_at FROM case_groups"
    assert await rows(engine, group) == [
        (judged.group_id, ada.id, "card", CARD.value, "fraud", clock.now - timedelta(seconds=10))
    ]


async def test_without_grace_a_group_is_verdicts_at_once(
    service: Service, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    table = a_group_review(service, clock, undo_seconds=0)
    chosen = await as_seen(engine, await some_unknowns(service, 3))
    judged = await table.groups.judge(ada, CARD, chosen, FRAUD)
    assert (judged.cases, judged.settled, judged.settles_at) == (3, 3, None)
    assert await rows(engine, STATES) == [("judged", 3)]
    with pytest.raises(NothingToUndo):
        await table.groups.undo(ada, judged.group_id)
    assert await table.groups.judged(ada, judged.group_id) == judged


async def test_a_group_that_is_undone_waits_in_the_queue_again(
    service: Service, table: GroupReview, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    chosen = await as_seen(engine, await some_unknowns(service, 3))
    judged = await table.groups.judge(ada, CARD, chosen, FRAUD)
    clock.passes(seconds=9)
    undone = await table.groups.undo(ada, judged.group_id)
    assert (undone.key, set(undone.case_ids), undone.note) == (CARD, set(chosen), "One gang.")
    assert await rows(engine, STATES) == [("open", 3)]
    assert await rows(engine, ENDS) == [("undone", 3)]
    clock.passes(seconds=60)
    assert await table.desk.verdicts.settle_due() == 0
    with pytest.raises(NothingToUndo):
        await table.groups.undo(ada, judged.group_id)
    again = await table.groups.judge(ada, CARD, chosen, FRAUD)
    assert again.group_id != judged.group_id


async def test_only_ones_own_group_is_undone_and_only_in_time(
    service: Service, table: GroupReview, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    chosen = await as_seen(engine, await some_unknowns(service, 3))
    judged = await table.groups.judge(ada, CARD, chosen, FRAUD)
    with pytest.raises(NothingToUndo):
        await table.groups.undo(await service.person(Role.MANAGER), judged.group_id)
    clock.passes(seconds=10)
    with pytest.raises(NothingToUndo):
        await table.groups.undo(ada, judged.group_id)
    assert await rows(engine, STATES) == [("given", 3)]
    with pytest.raises(NothingToUndo):
        await table.groups.undo(ada, 4_000_000)


async def test_a_case_taken_back_alone_does_not_keep_the_others_from_it(
    service: Service, table: GroupReview, ada: Account, engine: AsyncEngine
) -> None:
    first, *others = await some_unknowns(service, 3)
    judged = await table.groups.judge(ada, CARD, await as_seen(engine, [first, *others]), FRAUD)
    await table.desk.verdicts.undo(ada, first)
    assert set((await table.groups.undo(ada, judged.group_id)).case_ids) == set(others)
    assert (await table.desk.claimed(ada)).case.id == first


async def test_a_client_that_waits_is_answered_in_time_and_the_others_can_be_undone_as_long_as_ever(
    service: Service, table: GroupReview, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    soon, past = clock.now + timedelta(seconds=4), clock.now - timedelta(hours=1)
    case_ids = await some_unknowns(service, 1)
    for moment in (soon, past):
        case_ids += await some_unknowns(service, 1, respond_by=moment.isoformat())
    judged = await table.groups.judge(ada, CARD, await as_seen(engine, case_ids), FRAUD)
    late = clock.now + timedelta(seconds=10)
    assert judged.settles_at == late
    moments = await rows(engine, "SELECT settles_at FROM pending_verdicts ORDER BY case_id")
    assert moments == [(late,), (soon,), (late,)]
    clock.passes(seconds=6)
    await table.desk.verdicts.settle_due()
    undone = await table.groups.undo(ada, judged.group_id)
    assert undone.case_ids == (case_ids[0], case_ids[2])
    assert await rows(engine, STATES) == [("judged", 1), ("open", 2)]


async def test_one_case_that_changed_keeps_all_from_being_judged_and_each_is_named(
    service: Service, table: GroupReview, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    free, held, given, escalated, offered, anew = case_ids = await some_unknowns(service, 6)
    (apart,) = await some_unknowns(service, 1, attributes=NOBODY)
    chosen = await as_seen(engine, [*case_ids, apart])
    until = clock.now + timedelta(minutes=1)
    grace = await service.person(Role.MANAGER)
    for case_id in (given, held):
        await run(engine, "UPDATE cases SET priority_key = 1e9 + id WHERE id = :id", id=case_id)
        file = await table.desk.claimed(grace)
        assert file.case.id == case_id
        if case_id == given:
            await table.desk.judged(grace, file, Judgement.LEGIT)
    await run(engine, "UPDATE cases SET state = 'escalated' WHERE id = :id", id=escalated)
    offer = "UPDATE cases SET offered_to = :whom, offered_until = :until WHERE id = :id"
    await run(engine, offer, whom=grace.id, until=until, id=offered)
    chosen[anew] += 1
    assert await refused(table, ada, chosen | {4_000_000: 1}) == {
        held: Change.HELD,
        given: Change.JUDGED,
        escalated: Change.ESCALATED,
        offered: Change.OFFERED,
        anew: Change.SCORED_ANEW,
        apart: Change.APART,
        4_000_000: Change.UNKNOWN,
    }
    assert await value(engine, "SELECT count(*) FROM case_groups") == 0
    assert await value(engine, "SELECT count(*) FROM pending_verdicts") == 1
    await table.groups.judge(ada, CARD, {free: chosen[free]}, FRAUD)


async def test_ones_own_desk_counts_as_held_and_a_hold_that_ran_out_does_not(
    service: Service, table: GroupReview, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    chosen = await as_seen(engine, await some_unknowns(service, 3))
    file = await table.desk.claimed(ada)
    assert await refused(table, ada, chosen) == {file.case.id: Change.HELD}
    clock.passes(hours=1)
    await table.groups.judge(ada, CARD, chosen, FRAUD)
    assert await rows(engine, ENDS) == [("expired", 1)]


@pytest.mark.parametrize("several", [0, MOST_IN_GROUP + 1, 10_000])
async def test_nothing_and_too_many_are_refused(
    table: GroupReview, ada: Account, engine: AsyncEngine, several: int
) -> None:
    with pytest.raises(GroupSizeRefused):
        await table.groups.judge(ada, CARD, {n: n for n in range(1, several + 1)}, FRAUD)
    assert await value(engine, NOTHING_WRITTEN) == 0


def test_a_group_needs_a_reason_and_another_one_needs_words() -> None:
    with pytest.raises(ReasonMissing):
        GroupSaying(judgement=GroundTruth.FRAUD, reason=None)
    with pytest.raises(NoteMissing):
        GroupSaying(judgement=GroundTruth.FRAUD, reason=VerdictReason.OTHER, note=" ")


async def test_time_out_of_sight_is_never_more_than_the_whole(
    service: Service, table: GroupReview, ada: Account, engine: AsyncEngine
) -> None:
    chosen = await as_seen(engine, await some_unknowns(service, 3))
    await table.groups.judge(ada, CARD, chosen, replace(FRAUD, hidden_milliseconds=20_000))
    times = "SELECT DISTINCT milliseconds_to_decide, hidden_milliseconds FROM pending_verdicts"
    assert await rows(engine, times) == [(9000, 9000)]


async def test_a_group_is_one_look_in_the_figures_of_quality(
    service: Service, table: GroupReview, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    chosen = await as_seen(engine, await some_unknowns(service, 5))
    await table.groups.judge(ada, CARD, chosen, FRAUD)
    clock.passes(seconds=10)
    await table.desk.verdicts.settle_due()
    assert await value(engine, "SELECT count(DISTINCT group_id) FROM standing_verdicts") == 1


async def test_the_most_urgent_fifty_are_shown_in_the_order_of_the_queue(
    service: Service, table: GroupReview
) -> None:
    for _ in range(3):
        await some_unknowns(service, (MOST_IN_GROUP + 4) // 3)
    found = await table.groups.found()
    group = found.group(CARD)
    assert (len(group.case_ids), len(group.members), group.is_cut) == (MOST_IN_GROUP, 54, True)
    keys: list[Any] = [found.candidates[case_id].priority_key for case_id in group.members]
    assert all(before >= after for before, after in pairwise(keys))
    assert {each.key.basis for each in found.groups} == {GroupBasis.CARD}
