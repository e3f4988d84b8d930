"""Entries are made, approved and ended by whom the rules let, once, whoever is fast."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.lists.entries import ListedEntry
from app.review.access.people import Account, Role
from app.review.lists.entry import (
    Act,
    BlindReviewUnderWay,
    EntityKind,
    EntityListed,
    EntryNotFound,
    EntryOver,
    EntryState,
    NewEntry,
    OwnListProposal,
)
from app.triage.labels import Listed
from app.workflows.cases.entity_lists import Asked, EntityLists
from tests.builders import (
    ALL_UNKNOWN,
    SilentScorer,
    a_case,
    driver,
    rows,
    scored_by,
    until_somebody_waits_for_a_lock,
    value,
    with_policy,
)
from tests.service import Service
from tests.workflows.cases.discussion.talk import a_talk

DAY = timedelta(days=1)


def lists_of(service: Service) -> EntityLists:
    return service.services.cases.entity_lists


def a_new(service: Service, **changes: Any) -> NewEntry:
    values: dict[str, Any] = {
        "kind": EntityKind.DEVICE, "value": "d-1", "effect": Listed.BLOCK, "reason": "seen in three frauds",
        "expires_at": lists_of(service).clock() + DAY,
    }  # fmt: skip
    return NewEntry(**(values | changes))


async def a_proposal(service: Service, manager: Account) -> ListedEntry:
    return await lists_of(service).add(manager, a_new(service, kind=EntityKind.MERCHANT, value="Shop"))


async def test_a_merchant_is_blocked_by_one_and_another_and_lifted_the_same_way(
    service: Service, engine: AsyncEngine
) -> None:
    lists, one, other = lists_of(service), *[await service.person(Role.MANAGER) for _ in range(2)]
    proposed = (await a_proposal(service, one)).entry
    assert proposed.state is EntryState.PROPOSED
    with pytest.raises(OwnListProposal):
        await lists.approve(one, proposed.id, "sure")
    live = (await lists.approve(other, proposed.id, "seen it too")).entry
    assert (live.state, live.approved_by) == (EntryState.LIVE, other.id)
    asked = (await lists.end(other, proposed.id, "closed its shop")).entry
    assert (asked.state, asked.lift_by) == (EntryState.LIVE, other.id)
    with pytest.raises(OwnListProposal):
        await lists.approve(other, proposed.id, "sure")
    assert (await lists.refuse(one, proposed.id, "not yet")).entry.lift_by is None
    await lists.end(other, proposed.id, "closed its shop")
    ended = (await lists.approve(one, proposed.id, "now it did")).entry
    assert (ended.state, ended.ended_by) == (EntryState.ENDED, one.id)
    _, told = await lists.entry(one, proposed.id)
    assert [each.act for each in told] == [
        Act.PROPOSED, Act.APPROVED, Act.LIFT_PROPOSED, Act.LIFT_REFUSED, Act.LIFT_PROPOSED, Act.ENDED
    ]  # fmt: skip
    assert await value(engine, "SELECT count(DISTINCT reason) FROM list_events") == 5


async def test_the_same_once_more_is_answered_as_the_first_time(
    service: Service, engine: AsyncEngine
) -> None:
    lists, analyst = lists_of(service), await service.person(Role.ANALYST)
    first, again = [await lists.add(analyst, a_new(service)) for _ in range(2)]
    assert again == first
    with pytest.raises(EntityListed):
        await lists.add(await service.person(Role.ANALYST), a_new(service))
    with pytest.raises(EntityListed):
        await lists.add(await service.person(Role.SENIOR), a_new(service, effect=Listed.ALLOW))
    ended = [(await lists.end(analyst, first.entry.id, "a mistake")).entry for _ in range(2)]
    assert ended[0] == ended[1]
    assert await value(engine, "SELECT count(*) FROM list_events") == 2
    with pytest.raises(EntryOver):
        await lists.end(await service.person(Role.SENIOR), first.entry.id, "a mistake")


async def test_the_same_until_another_end_is_no_repeat(service: Service) -> None:
    lists, senior = lists_of(service), await service.person(Role.SENIOR)
    first = await lists.add(senior, a_new(service))
    for end in (first.entry.made_at + 7 * DAY, None):
        with pytest.raises(EntityListed):
            await lists.add(senior, a_new(service, expires_at=end))
    # A form says how many days; sent again it asks for a moment later.
    later = first.entry.made_at + DAY + timedelta(seconds=30)
    assert await lists.add(senior, a_new(service, expires_at=later)) == first


async def test_what_has_run_out_gives_its_place_free(service: Service, engine: AsyncEngine) -> None:
    lists, manager = lists_of(service), await service.person(Role.MANAGER)
    soon = a_new(service, expires_at=lists.clock() + timedelta(milliseconds=50))
    first = await lists.add(manager, soon)
    await asyncio.sleep(0.1)
    assert await lists.of_entity(manager, EntityKind.DEVICE, "d-1") is None
    second = await lists.add(manager, a_new(service, effect=Listed.ALLOW))
    assert (await lists.entry(manager, first.entry.id))[0].entry.state is EntryState.EXPIRED
    assert await lists.of_entity(manager, EntityKind.DEVICE, "d-1") == second
    told = await rows(engine, "SELECT act FROM list_events ORDER BY id")
    assert [row[0] for row in told] == ["added", "expired", "added"]


async def _both(*acts: Awaitable[object]) -> list[object]:
    return sorted(await asyncio.gather(*acts, return_exceptions=True), key=lambda each: str(type(each)))


async def test_of_two_who_list_the_same_at_once_one_is_told_so(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    """Both wait for whoever changes the lists; red without that lock: the index answers with a fault."""
    people = [await service.person(Role.MANAGER) for _ in range(2)]
    other = await driver(database_url)
    change = other.transaction()
    await change.start()
    await other.execute("UPDATE list_version SET version = version + 1")
    both = asyncio.gather(
        *(lists_of(service).add(each, a_new(service)) for each in people), return_exceptions=True
    )
    await until_somebody_waits_for_a_lock(engine, backends=2)
    await change.commit()
    await other.close()
    assert sorted(type(each).__name__ for each in await both) == ["EntityListed", "ListedEntry"]


async def test_who_waited_for_somebody_who_listed_the_same_is_told_so(service: Service) -> None:
    """Red by the moment of the form: it is before that of the entry it waited for."""
    one, two = [await service.person(Role.MANAGER) for _ in range(2)]
    later = lists_of(service).clock() + timedelta(seconds=1)
    await replace(lists_of(service), clock=lambda: later).add(one, a_new(service))
    with pytest.raises(EntityListed):
        await lists_of(service).add(two, a_new(service))


async def test_of_two_who_decide_a_proposal_at_once_one_is_told_so(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    one, two, three = [await service.person(Role.MANAGER) for _ in range(3)]
    entry_id = (await a_proposal(service, one)).entry.id
    other = await driver(database_url)
    change = other.transaction()
    await change.start()
    await other.execute("UPDATE list_version SET version = version + 1")
    both = asyncio.gather(
        lists_of(service).approve(two, entry_id, "seen it"),
        lists_of(service).refuse(three, entry_id, "not enough"),
        return_exceptions=True,
    )
    await until_somebody_waits_for_a_lock(engine, backends=2)
    await change.commit()
    await other.close()
    assert sorted(type(each).__name__ for each in await both) == ["EntryOver", "ListedEntry"]


async def test_who_judges_a_payment_blind_hears_of_no_entry_of_it_and_makes_none(
    service: Service, engine: AsyncEngine
) -> None:
    await with_policy(service, **ALL_UNKNOWN, audit_share_declined=1.0)
    lists, analyst = lists_of(service), await service.person(Role.ANALYST)
    manager = await service.person(Role.MANAGER)
    listed = await lists.add(manager, a_new(service))
    await service.post(service.body(attributes={"device": "d-1", "customer": "c-1"}))
    assert await lists.of_payment(analyst, {"device": "d-1"}) == [listed]
    assert await value(engine, "SELECT kind FROM cases") == "audit"
    claimed = await service.services.cases.claims.current_or_next(analyst)
    assert claimed is not None
    assert await lists.of_payment(analyst, {"device": "d-1"}) == []
    assert await lists.listed(analyst, Asked()) == []
    with pytest.raises(EntryNotFound):
        await lists.entry(analyst, listed.entry.id)
    with pytest.raises(BlindReviewUnderWay):
        await lists.add(analyst, a_new(service, kind=EntityKind.CUSTOMER, value="c-1"))
    assert await lists.of_payment(manager, {"device": "d-1"}) == [listed]


async def test_who_looks_again_without_a_score_hears_of_no_entry_that_came_of_the_first_verdict(
    service: Service, engine: AsyncEngine
) -> None:
    """Red where lists hid what is blind alone: without a score nothing is, and a verdict is a verdict."""
    await service.services.pulse.stop()
    talk = await a_talk(service, engine, is_blind=False, share=1.0)
    async with scored_by(service, SilentScorer):
        file = await a_case(service, attributes={"device": "d-1", "card": "c-1"})
    assert file.score is None
    lists = replace(lists_of(service), clock=talk.clock)
    ada, grace, manager = [await service.person(role) for role in (Role.ANALYST, Role.ANALYST, Role.MANAGER)]
    ends = talk.clock() + DAY
    before = await lists.add(manager, a_new(service, kind=EntityKind.CARD, value="c-1", expires_at=ends))
    unscored = replace(talk, case_id=file.case.id)
    await unscored.judges(ada)
    talk.clock.passes(seconds=1)
    after = await lists.add(manager, a_new(service, reason="decided fraud", expires_at=ends))
    review = await value(
        engine, "SELECT id FROM cases WHERE kind = 'second' AND first_case_id = :id", id=file.case.id
    )
    assert await lists.listed(grace, Asked()) == [after, before]
    await talk.desk.claims.take(grace, review)
    assert await lists.listed(grace, Asked()) == [before]
    assert (await lists.entry(grace, before.entry.id))[0] == before
    with pytest.raises(EntryNotFound):
        await lists.entry(grace, after.entry.id)
    with pytest.raises(EntryNotFound):
        await lists.end(grace, after.entry.id, "why is it here?")
    assert await lists.listed(manager, Asked()) == [after, before]
