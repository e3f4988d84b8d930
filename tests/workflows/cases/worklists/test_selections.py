"""Cases chosen from a list: one group or none, all given back or none, and what two at once do."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Account, Role
from app.review.case import CaseAlreadyJudged, CaseKept, GroupBasis
from app.review.groups.grouping import GroupKey
from app.review.groups.judgement import GroupChanged
from app.review.queue.selection import Refusal, Seen, SeenRow, SelectionStale
from app.review.timeline import Happening
from app.workflows.cases.worklists.selections import Selections
from tests.builders import Clock, driver, rows, run, until_somebody_waits_for_a_lock, value
from tests.service import Service
from tests.workflows.cases.discussion.talk import drawn
from tests.workflows.cases.group_cases import (
    CARD,
    FRAUD,
    NOBODY,
    GroupReview,
    a_group_review,
    as_seen,
    some_unknowns,
)

ENDS = "SELECT case_id, how FROM claim_ends JOIN claims USING (token) ORDER BY case_id, how"


@pytest.fixture
def clock(service: Service) -> Clock:
    return Clock(service.services.clock())


@pytest.fixture
def table(service: Service, clock: Clock) -> GroupReview:
    return a_group_review(service, clock)


@pytest.fixture
def selections(service: Service, table: GroupReview, clock: Clock) -> Selections:
    return replace(service.services.cases.selections, clock=clock, groups=table.groups)


@pytest.fixture
async def ada(service: Service) -> Account:
    return await service.person(Role.ANALYST)


async def chosen(engine: AsyncEngine, case_ids: list[int], seen: Seen = Seen.FREE) -> dict[int, SeenRow]:
    return {
        case_id: SeenRow(case_id=case_id, decision_id=decision_id, seen=seen)
        for case_id, decision_id in sorted((await as_seen(engine, case_ids)).items())
    }


def refusals(stale: SelectionStale) -> dict[int, Refusal]:
    return {each.case_id: each.refusal for each in stale.refused}


async def test_cases_of_one_card_are_its_group_and_nothing_is_decided(
    service: Service, engine: AsyncEngine, selections: Selections, ada: Account
) -> None:
    linked = await some_unknowns(service, 4)
    group = await selections.group_of(ada, await chosen(engine, linked[:2]))
    assert group.key.is_same(CARD)
    assert await value(engine, "SELECT count(*) FROM cases WHERE state <> 'open'") == 0
    assert await value(engine, "SELECT count(*) FROM claims") == 0


async def test_a_stranger_among_them_is_named_and_the_rest_have_their_group(
    service: Service, engine: AsyncEngine, selections: Selections, ada: Account
) -> None:
    linked = await some_unknowns(service, 3)
    (stranger,) = await some_unknowns(service, 1, attributes=NOBODY, amount="7777.00")
    with pytest.raises(SelectionStale) as stale:
        await selections.group_of(ada, await chosen(engine, [*linked, stranger]))
    assert refusals(stale.value) == {stranger: Refusal.APART}
    assert stale.value.fits is not None
    assert stale.value.fits.key.is_same(GroupKey(basis=GroupBasis.CARD, value=CARD.value))


async def test_what_somebody_took_since_is_refused_with_who_it_was(
    service: Service, engine: AsyncEngine, table: GroupReview, selections: Selections, clock: Clock,
    ada: Account,
) -> None:  # fmt: skip
    linked = await some_unknowns(service, 6)
    picked = await chosen(engine, linked)
    bob = await service.person(Role.SENIOR)
    clock.passes(minutes=1)
    await table.desk.claims.take(bob, linked[0])
    await run(engine, "UPDATE cases SET state = 'escalated' WHERE id = :id", id=linked[1])
    with pytest.raises(SelectionStale) as stale:
        await selections.group_of(ada, picked)
    assert refusals(stale.value) == {linked[0]: Refusal.TAKEN, linked[1]: Refusal.ESCALATED}
    assert stale.value.refused[0].last is not None
    assert stale.value.refused[0].last.who == bob.display_name


async def test_who_took_a_case_is_told_and_not_who_spoke_of_it_since(
    service: Service, engine: AsyncEngine, table: GroupReview, selections: Selections, clock: Clock,
    ada: Account,
) -> None:  # fmt: skip
    """Red where the last word on a case was told as the reason for which it was refused."""
    (taken,) = await some_unknowns(service, 1)
    picked = await chosen(engine, [taken])
    bob, eve = await service.person(Role.SENIOR), await service.person(Role.ANALYST)
    clock.passes(minutes=1)
    await table.desk.claims.take(bob, taken)
    clock.passes(minutes=1)
    discussions = replace(service.services.cases.discussions, clock=clock)
    await discussions.say(eve, taken, uuid4(), "ask the shop")
    await drawn(engine, taken, is_blind=False)
    with pytest.raises(SelectionStale) as stale:
        await selections.group_of(ada, picked)
    last = stale.value.refused[0].last
    assert last is not None
    assert (last.who, last.what) == (bob.display_name, Happening.CLAIMED)


async def test_a_case_that_looks_at_ones_own_verdict_is_not_there(
    service: Service, engine: AsyncEngine, selections: Selections, ada: Account
) -> None:
    linked = await some_unknowns(service, 3)
    await run(engine, "ALTER TABLE cases DISABLE TRIGGER USER")
    await run(engine, "UPDATE cases SET not_for = :ada WHERE id = :id", ada=ada.id, id=linked[0])
    await run(engine, "ALTER TABLE cases ENABLE TRIGGER USER")
    for act in (selections.group_of, selections.release):
        with pytest.raises(SelectionStale) as stale:
            await act(ada, await chosen(engine, linked[:1]))
        assert refusals(stale.value) == {linked[0]: Refusal.GONE}


async def test_what_one_holds_and_has_ready_goes_back_and_comes_again_unchanged(
    service: Service, engine: AsyncEngine, table: GroupReview, selections: Selections, ada: Account
) -> None:
    cases = await some_unknowns(service, 3)
    await table.desk.claims.take(ada, cases[0])
    ready = await table.desk.claims.have_next_ready(ada)
    assert ready is not None
    mine = await chosen(engine, [cases[0], ready.case.id], Seen.MINE)
    for _ in range(2):
        assert await selections.release(ada, mine) == 2
    assert await value(engine, "SELECT count(*) FROM cases WHERE holder_id IS NOT NULL") == 0
    expected = {(cases[0], "released"), (ready.case.id, "unopened")}
    assert {tuple(row) for row in await rows(engine, ENDS)} == expected


async def test_one_that_is_a_colleagues_keeps_all_where_they_are(
    service: Service, engine: AsyncEngine, table: GroupReview, selections: Selections, ada: Account
) -> None:
    mine, theirs, free = await some_unknowns(service, 3)
    bob = await service.person(Role.ANALYST)
    await table.desk.claims.take(ada, mine)
    await table.desk.claims.take(bob, theirs)
    picked = {
        **await chosen(engine, [mine], Seen.MINE),
        **await chosen(engine, [theirs], Seen.HELD),
        **await chosen(engine, [free]),
    }
    with pytest.raises(SelectionStale) as stale:
        await selections.release(ada, dict(sorted(picked.items())))
    assert refusals(stale.value) == {theirs: Refusal.NOT_MINE, free: Refusal.NOT_MINE}
    assert await value(engine, "SELECT holder_id FROM cases WHERE id = :id", id=mine) == ada.id
    assert await rows(engine, ENDS) == []


async def test_a_release_beside_a_supervisors_gives_back_all_or_nothing(
    service: Service, engine: AsyncEngine, database_url: str, table: GroupReview, selections: Selections,
    ada: Account,
) -> None:  # fmt: skip
    """Chosen cases are locked before they are looked at: what another transaction does is waited for."""
    cases = await some_unknowns(service, 3)
    await table.desk.claims.take(ada, cases[0])
    ready = await table.desk.claims.have_next_ready(ada)
    assert ready is not None
    mine = await chosen(engine, [cases[0], ready.case.id], Seen.MINE)
    bob = await service.person(Role.SENIOR)
    between = await driver(database_url)
    try:
        async with between.transaction():
            # As a supervisor takes the second back, and a colleague gets it at once.
            await between.execute(
                "UPDATE cases SET holder_id = $1, lease_token = gen_random_uuid(), is_reserved = false"
                " WHERE id = $2",
                bob.id, ready.case.id,
            )  # fmt: skip
            releasing = asyncio.create_task(selections.release(ada, mine))
            await until_somebody_waits_for_a_lock(engine)
        with pytest.raises(SelectionStale) as stale:
            await releasing
    finally:
        await between.close()
    assert refusals(stale.value) == {ready.case.id: Refusal.NO_LONGER_MINE}
    holders = "SELECT id, holder_id FROM cases WHERE holder_id IS NOT NULL ORDER BY id"
    assert {row.id: row.holder_id for row in await rows(engine, holders)} == {
        cases[0]: ada.id, ready.case.id: bob.id,
    }  # fmt: skip
    assert await rows(engine, ENDS) == []


async def test_of_a_selection_and_a_claim_at_once_the_group_or_the_colleague_has_the_case(
    service: Service, engine: AsyncEngine, table: GroupReview, selections: Selections, ada: Account
) -> None:
    linked = await some_unknowns(service, 6)
    picked = await chosen(engine, linked)
    bob = await service.person(Role.SENIOR)

    async def judge() -> bool:
        try:
            group = await selections.group_of(ada, picked)
            seen = {case_id: row.decision_id for case_id, row in picked.items()}
            await table.groups.judge(ada, group.key, seen, FRAUD)
        except (SelectionStale, GroupChanged):
            return False
        return True

    async def take() -> bool:
        try:
            await table.desk.claims.take(bob, linked[3])
        except (CaseKept, CaseAlreadyJudged):
            return False
        return True

    has_judged, has_taken = await asyncio.gather(judge(), take())
    assert has_judged is not has_taken
    given = await value(engine, "SELECT count(*) FROM pending_verdicts")
    assert given == (6 if has_judged else 0)
