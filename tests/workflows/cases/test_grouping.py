"""Who is in a group: what anybody could judge, seeing all there is; payments alike, however they came."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Account, Role
from app.review.case import GroupBasis
from app.review.groups.grouping import GroupKey
from app.review.groups.judgement import Change, GroupChanged, GroupGone
from app.workflows.cases.grouping import FoundGroups
from tests.builders import ALL_LEGIT, ALL_UNKNOWN, FOREIGN, Clock, rows, run, with_policy
from tests.conftest import a_service
from tests.service import Service
from tests.workflows.cases.group_cases import CARD, FRAUD, GroupReview, a_group_review, as_seen, some_unknowns

ODD = {"V14": -6.0, "V10": -4.0}


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    """A service in which nothing is reviewed blind."""
    async with a_service(database_url, blind_share=0) as service:
        yield service


@pytest.fixture
def clock(service: Service) -> Clock:
    return Clock(service.services.clock())


@pytest.fixture
def table(service: Service, clock: Clock) -> GroupReview:
    return a_group_review(service, clock)


@pytest.fixture
async def ada(service: Service) -> Account:
    return await service.person(Role.ANALYST)


def together(found: FoundGroups, key: GroupKey = CARD) -> set[int]:
    try:
        return set(found.group(key).members)
    except GroupGone:
        return set()


async def alike(service: Service, several: int, **changes: Any) -> list[int]:
    """Post payments that differ by a hair, each on a card of its own."""
    return [
        (
            await some_unknowns(
                service, 1, currency="EUR", amount=f"41.9{n}", features=ODD | {"V3": n / 100},
                attributes={"card": f"card {n}"}, **changes,
            )
        )[0]
        for n in range(several)
    ]  # fmt: skip


async def test_what_is_held_ready_handed_over_or_escalated_is_in_no_group(
    service: Service, table: GroupReview, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    case_ids = await some_unknowns(service, 7)
    held = await table.desk.claimed(ada)
    ready = await table.desk.claims.have_next_ready(ada)
    assert ready is not None
    offered, escalated = (
        each for each in case_ids if each not in {held.case.id, ready.case.id} and each in case_ids[-3:-1]
    )
    until = clock.now + timedelta(minutes=1)
    offer = "UPDATE cases SET offered_to = :whom, offered_until = :until WHERE id = :id"
    await run(engine, offer, whom=ada.id, until=until, id=offered)
    await run(engine, "UPDATE cases SET state = 'escalated' WHERE id = :id", id=escalated)
    out = {held.case.id, ready.case.id, offered, escalated}
    assert together(await table.groups.found()) == set(case_ids) - out
    clock.passes(hours=1)
    assert together(await table.groups.found()) == set(case_ids) - {escalated}


async def test_looks_at_people_and_audits_are_in_no_group_and_cannot_be_put_into_one(
    service: Service, table: GroupReview, ada: Account, engine: AsyncEngine
) -> None:
    case_ids = await some_unknowns(service, 4)
    await with_policy(service, **ALL_LEGIT, audit_share_approved=1.0)
    body = service.body(attributes={"card": CARD.value})
    audit = int((await service.post(body)).json()["case_id"])
    gold = (
        "INSERT INTO cases (transaction_id, decision_id, kind, state, expected_loss, priority_key, fallback,"
    )
    gold += " opened_at, not_for, truth) SELECT transaction_id, decision_id, 'gold', 'open', 1, 9, 'wait',"
    gold += " opened_at, :whom, 'fraud' FROM cases WHERE id = :id RETURNING id"
    ((gold_id,),) = await rows(engine, gold, id=case_ids[0], whom=(await service.person(Role.ANALYST)).id)
    assert together(await table.groups.found()) == set(case_ids)
    chosen = await as_seen(engine, [*case_ids, audit, gold_id])
    with pytest.raises(GroupChanged) as error:
        await table.groups.judge(ada, CARD, chosen, FRAUD)
    assert {each.case_id: each.change for each in error.value.changes} == {
        audit: Change.APART,
        gold_id: Change.APART,
    }


async def test_what_is_reviewed_blind_is_in_no_group(database_url: str, engine: AsyncEngine) -> None:
    async with a_service(database_url, blind_share=0.5) as service:
        await blind_ones_are_apart(service, engine)


async def blind_ones_are_apart(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    table = a_group_review(service, Clock(service.services.clock()))
    ada = await service.person(Role.ANALYST)
    case_ids = await some_unknowns(service, 20, currency="EUR")
    blind = {row.case_id for row in await rows(engine, "SELECT case_id FROM blind_draws WHERE is_blind")}
    assert 1 <= len(blind) < 18
    assert together(await table.groups.found()) == set(case_ids) - blind
    chosen = await as_seen(engine, case_ids)
    with pytest.raises(GroupChanged) as error:
        await table.groups.judge(ada, CARD, chosen, FRAUD)
    assert {each.case_id for each in error.value.changes} == blind
    assert {each.change for each in error.value.changes} == {Change.APART}


async def test_payments_alike_are_a_group_and_judged_as_one(
    service: Service, table: GroupReview, ada: Account, engine: AsyncEngine
) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    case_ids = await alike(service, 4)
    (far,) = await some_unknowns(service, 1, currency="EUR", features={"V14": 3.0}, attributes={})
    (group,) = (await table.groups.found()).groups
    assert (group.key.basis, group.key.value) == (GroupBasis.ALIKE, f"{min(case_ids)}")
    assert set(group.members) == set(case_ids)
    with pytest.raises(GroupChanged) as error:
        await table.groups.judge(ada, group.key, await as_seen(engine, [*case_ids, far]), FRAUD)
    assert [(each.case_id, each.change) for each in error.value.changes] == [(far, Change.APART)]
    forged = GroupKey(basis=GroupBasis.ALIKE, value="no number \x00")
    judged = await table.groups.judge(ada, forged, await as_seen(engine, case_ids), FRAUD)
    assert (judged.key, judged.cases) == (group.key, 4)


async def test_a_group_of_payments_alike_survives_its_first_case(
    service: Service, table: GroupReview, ada: Account, engine: AsyncEngine
) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    first, *others = await alike(service, 5)
    seen = (await table.groups.found()).groups[0].key
    await table.groups.judge(ada, seen, await as_seen(engine, [first]), FRAUD)
    assert together(await table.groups.found(), GroupKey(basis=GroupBasis.ALIKE, value=f"{others[-1]}")) == (
        set(others)
    )
    assert (await table.groups.judge(ada, seen, await as_seen(engine, others), FRAUD)).cases == 4


async def test_where_too_few_are_left_alike_each_chosen_case_says_so(
    service: Service, table: GroupReview, ada: Account, engine: AsyncEngine
) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    case_ids = await alike(service, 3)
    key = (await table.groups.found()).groups[0].key
    chosen = await as_seen(engine, case_ids)
    held = await table.desk.claimed(await service.person(Role.ANALYST))
    with pytest.raises(GroupChanged) as error:
        await table.groups.judge(ada, key, chosen, FRAUD)
    assert {each.case_id: each.change for each in error.value.changes} == {
        case_id: Change.HELD if case_id == held.case.id else Change.APART for case_id in case_ids
    }


async def test_what_the_model_cannot_read_is_like_nothing_but_may_share_a_card(
    service: Service, table: GroupReview
) -> None:
    case_ids = await some_unknowns(service, 3, currency=FOREIGN)
    (group,) = (await table.groups.found()).groups
    assert (group.key, set(group.members)) == (CARD, set(case_ids))


async def test_an_empty_queue_has_no_groups(table: GroupReview) -> None:
    found = await table.groups.found()
    assert (found.groups, found.is_head_only) == ((), False)
    with pytest.raises(GroupGone):
        found.group(CARD)
