"""What administrators do: who is shut out is out, what they held comes back, and one of them stays."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.access.accounts import AccountNotFound
from app.database.server.session import transaction
from app.review.access.administration import (
    AccessAction,
    AccessChanged,
    AccessUnchanged,
    AccountChanged,
    AdminNoMore,
    Hand,
    LastAdmin,
    WhyMissing,
)
from app.review.access.people import Account, Role
from app.review.case import ClaimEnd, Judgement, LeaseLost
from app.workflows.access.accounts import LoginRefused, TokenUnknown
from app.workflows.cases.judgements import VerdictInput
from tests.builders import an_unknown, driver, rows, until_somebody_waits_for_a_lock, value
from tests.service import Service

WHY = "left the company"


def hand(account: Account) -> Hand:
    return Hand(account_id=account.id, source="198.51.100.7")


async def admins(service: Service, number: int) -> list[Account]:
    return [await service.person(Role.ADMIN) for _ in range(number)]


async def test_who_is_deactivated_is_out_by_every_door_and_stays_out_when_back(service: Service) -> None:
    (admin,) = await admins(service, 1)
    anna, people = await service.person(Role.ANALYST), service.services.access.accounts
    session = await people.login_by_link(await people.new_link_token(anna.name))
    token = await people.new_access_token(anna.name, token_name="laptop", lasts=timedelta(days=9))
    link = await people.new_link_token(anna.name)
    office = service.services.access.administration
    await office.deactivate(hand(admin), anna.id, reason=WHY)
    for _ in range(2):
        assert await people.visitor(session) is None
        with pytest.raises(TokenUnknown):
            await people.token_account(token)
        with pytest.raises(LoginRefused):
            await people.login_by_link(link)
        if not (await office.person(anna.id))[0].is_active:
            await office.activate(hand(admin), anna.id, reason="came back")
    assert await people.login_by_link(await people.new_link_token(anna.name))


async def test_a_held_case_comes_back_with_its_draft_and_its_verdict_counts_no_more(
    service: Service, engine: AsyncEngine
) -> None:
    (admin,) = await admins(service, 1)
    anna, bert = [await service.person(Role.ANALYST) for _ in range(2)]
    for _ in range(2):
        await an_unknown(service)
    claims = service.services.cases.claims
    held = await claims.current_or_next(anna)
    ready = await claims.have_next_ready(anna)
    assert held is not None
    assert held.case.lease is not None
    assert ready is not None
    case_id, token = held.case.id, held.case.lease.token
    await claims.save_draft(anna, case_id, token, note="called the shop", reason=None)
    await service.services.access.administration.deactivate(hand(admin), anna.id, reason=WHY)
    assert await claims.end_of(anna, case_id, token) is ClaimEnd.ACCESS_ENDED
    assert await value(engine, "SELECT count(*) FROM cases WHERE holder_id IS NOT NULL") == 0
    with pytest.raises(LeaseLost):
        await service.services.cases.verdicts.judge(
            anna, case_id, token, VerdictInput(judgement=Judgement.FRAUD)
        )
    for _ in range(2):
        found = await claims.current_or_next(bert)
        assert found is not None
        if found.case.id == case_id:
            assert found.note == "called the shop"
            return
        assert found.case.lease is not None
        await claims.release(bert, found.case.id, found.case.lease.token)
    raise AssertionError("the case did not come to a colleague")


async def test_a_role_takes_back_only_what_it_may_not_have(service: Service, engine: AsyncEngine) -> None:
    (admin,) = await admins(service, 1)
    anna = await service.person(Role.ANALYST)
    await an_unknown(service)
    assert await service.services.cases.claims.current_or_next(anna) is not None
    office = service.services.access.administration
    await office.change_role(hand(admin), anna.id, Role.SENIOR, reason="promoted")
    assert await value(engine, "SELECT holder_id FROM cases") == anna.id
    await office.change_role(hand(admin), anna.id, Role.AUDITOR, reason="new work")
    assert await value(engine, "SELECT holder_id FROM cases") is None


async def test_who_is_shut_out_between_asking_and_claiming_gets_no_case(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    anna = await service.person(Role.ANALYST)
    await an_unknown(service)
    connection = await driver(database_url)
    try:
        async with connection.transaction():
            await connection.execute("UPDATE accounts SET is_active = false WHERE id = $1", anna.id)
            claiming = asyncio.create_task(service.services.cases.claims.current_or_next(anna))
            await until_somebody_waits_for_a_lock(engine)
        with pytest.raises(AccountChanged):
            await claiming
    finally:
        await connection.close()
    assert await value(engine, "SELECT holder_id FROM cases") is None


async def test_two_admins_who_remove_each_other_leave_one(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    """A third connection holds both rows until both moves wait, so that they meet for certain."""
    ada, bob = await admins(service, 2)
    office = service.services.access.administration
    connection = await driver(database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM accounts WHERE role = 'admin' FOR UPDATE")
            moves = [
                asyncio.create_task(office.deactivate(hand(ada), bob.id, reason=WHY)),
                asyncio.create_task(office.change_role(hand(bob), ada.id, Role.ANALYST, reason="new work")),
            ]
            await until_somebody_waits_for_a_lock(engine, backends=2)
        heard = await asyncio.gather(*moves, return_exceptions=True)
    finally:
        await connection.close()
    assert sum(each is None for each in heard) == 1
    assert sum(isinstance(each, AdminNoMore | LastAdmin) for each in heard) == 1
    assert await value(engine, "SELECT count(*) FROM accounts WHERE role = 'admin' AND is_active") == 1


async def test_the_last_admin_is_neither_removed_nor_demoted_by_anybody(service: Service) -> None:
    (admin,) = await admins(service, 1)
    office = service.services.access.administration
    for by in (hand(admin), Hand(account_id=None, source="command line")):
        with pytest.raises(LastAdmin):
            await office.deactivate(by, admin.id, reason=WHY)
        with pytest.raises(LastAdmin):
            await office.change_role(by, admin.id, Role.MANAGER, reason=WHY)


async def test_nothing_is_done_twice_without_a_reason_or_on_another_state_than_was_seen(
    service: Service,
) -> None:
    (admin,) = await admins(service, 1)
    anna, office = await service.person(Role.ANALYST), service.services.access.administration
    _, seen = await office.person(anna.id)
    with pytest.raises(WhyMissing):
        await office.deactivate(hand(admin), anna.id, reason=" \n")
    await office.sign_out(hand(admin), anna.id, reason="lost laptop", tokens=False, seen=seen)
    with pytest.raises(AccessChanged):
        await office.deactivate(hand(admin), anna.id, reason=WHY, seen=seen)
    await office.deactivate(hand(admin), anna.id, reason=WHY)
    with pytest.raises(AccessUnchanged):
        await office.deactivate(hand(admin), anna.id, reason=WHY)
    for nobody in (0, 2**62, 1):  # the last is the machine's own
        with pytest.raises(AccountNotFound):
            await office.deactivate(hand(admin), nobody, reason=WHY)


async def test_what_was_done_is_on_record_with_who_whom_why_and_from_where(
    service: Service, engine: AsyncEngine
) -> None:
    (admin,) = await admins(service, 1)
    anna, office = await service.person(Role.ANALYST), service.services.access.administration
    await office.change_role(hand(admin), anna.id, Role.SENIOR, reason="promoted")
    await office.reset(hand(admin), anna.id, reason="forgot it")
    await office.deactivate(hand(admin), anna.id, reason=WHY)
    events = await office.history(account_id=anna.id, limit=9)
    assert [(each.action, each.reason) for each in events] == [
        (AccessAction.DEACTIVATED, WHY),
        (AccessAction.RESET, "forgot it"),
        (AccessAction.ROLE_CHANGED, "promoted"),
        (AccessAction.ADDED, ""),
    ]
    assert {(each.actor, each.source) for each in events[:3]} == {(admin.display_name, "198.51.100.7")}
    assert events[2].details == {"before": "analyst", "role": "senior", "cases": 0}
    assert {each.subject for each in events} == {anna.name}
    kept = str(await rows(engine, "SELECT * FROM access_events"))
    async with transaction(engine):
        assert "login/" not in kept
