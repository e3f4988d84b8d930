"""A large group waits for a second person: confirmed whole, or nothing is judged."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.review.case import NothingToUndo, ProposalEnd
from app.review.groups.judgement import (
    GroupChanged,
    OwnProposal,
    ProposalGone,
    SecondPerson,
    SecondPersonNeeded,
)
from tests.builders import Clock, csrf_token, rows
from tests.service import Service
from tests.workflows.cases.group_cases import CARD, FRAUD, GroupReview, a_group_review, as_seen, some_unknowns

STATES = "SELECT state, count(*) FROM cases GROUP BY state ORDER BY state"
FEW = SecondPerson(from_cases=4, from_amount=Decimal(1000))


@pytest.fixture
def clock(service: Service) -> Clock:
    return Clock(service.services.clock())


@pytest.fixture
def table(service: Service, clock: Clock) -> GroupReview:
    return a_group_review(service, clock, second_person=FEW)


async def test_from_so_many_cases_or_such_a_sum_on_one_person_is_not_enough(
    service: Service, table: GroupReview, engine: AsyncEngine
) -> None:
    ada = await service.person(Role.ANALYST)
    few = await some_unknowns(service, 3)
    dear = await some_unknowns(service, 3, amount="334.00")
    for case_ids in ([*few, dear[0]], dear):
        with pytest.raises(SecondPersonNeeded):
            await table.groups.judge(ada, CARD, await as_seen(engine, case_ids), FRAUD)
    assert (await table.groups.judge(ada, CARD, await as_seen(engine, few), FRAUD)).cases == 3


async def test_a_sum_without_a_rate_may_be_any(
    service: Service, table: GroupReview, engine: AsyncEngine
) -> None:
    ada = await service.person(Role.ANALYST)
    cheap = await some_unknowns(service, 3, amount="0.01", currency="KWD")
    with pytest.raises(SecondPersonNeeded):
        await table.groups.judge(ada, CARD, await as_seen(engine, cheap), FRAUD)


async def test_a_second_person_confirms_and_both_can_undo(
    service: Service, table: GroupReview, engine: AsyncEngine
) -> None:
    ada, bob, eve = [await service.person(Role.ANALYST) for _ in range(3)]
    chosen = await as_seen(engine, await some_unknowns(service, 5))
    for undoing in (ada, bob):
        proposal_id = await table.groups.propose(ada, CARD, chosen, FRAUD)
        assert await rows(engine, STATES) == [("open", 5)]
        with pytest.raises(OwnProposal):
            await table.groups.confirm(ada, proposal_id)
        judged = await table.groups.confirm(bob, proposal_id)
        assert await rows(engine, STATES) == [("given", 5)]
        authors = await rows(engine, "SELECT DISTINCT account_id FROM pending_verdicts")
        assert authors == [(ada.id,)]
        with pytest.raises(ProposalGone):
            await table.groups.confirm(bob, proposal_id)
        with pytest.raises(NothingToUndo):
            await table.groups.undo(eve, judged.group_id)
        assert len((await table.groups.undo(undoing, judged.group_id)).case_ids) == 5


async def test_what_changed_meanwhile_keeps_all_from_being_judged(
    service: Service, table: GroupReview, engine: AsyncEngine
) -> None:
    ada, bob = [await service.person(Role.ANALYST) for _ in range(2)]
    chosen = await as_seen(engine, await some_unknowns(service, 5))
    proposal_id = await table.groups.propose(ada, CARD, chosen, FRAUD)
    await table.desk.claimed(bob)
    with pytest.raises(GroupChanged):
        await table.groups.confirm(bob, proposal_id)
    assert await rows(engine, STATES) == [("open", 5)]
    assert await table.groups.decline(bob, proposal_id) is ProposalEnd.DECLINED
    assert await table.groups.waiting() == ()
    with pytest.raises(ProposalGone):
        await table.groups.decline(ada, proposal_id)


async def test_the_pages_lead_a_large_group_to_a_colleague_without_scripts(
    service: Service, engine: AsyncEngine
) -> None:
    ada, bob = [await service.person(Role.ANALYST) for _ in range(2)]
    chosen = await as_seen(engine, await some_unknowns(service, 10))
    address = "/linked-cases/card/" + "4oCi4oCi4oCi4oCiIDQ3MTE"
    async with await service.browser(ada) as hers, await service.browser(bob) as his:
        form = {
            "csrf_token": await csrf_token(service, hers), "judgement": "fraud", "reason": "linked_fraud",
            "confirmed": "true", "chosen": [f"{case}-{decision}" for case, decision in chosen.items()],
        }  # fmt: skip
        answer = await hers.post(address, data=form, follow_redirects=True)
        assert "need a second person" in answer.text
        assert 'id="confirm"' not in answer.text
        listed = await his.get("/linked-cases")
        assert "Waiting for a second person" in listed.text
        page = str(answer.url.path)
        assert 'id="confirm"' in (await his.get(page)).text
        token = {"csrf_token": await csrf_token(service, his)}
        refused = await hers.post(f"{page}/confirm", data={"csrf_token": form["csrf_token"]})
        assert refused.status_code == 409
        done = await his.post(f"{page}/confirm", data=token, follow_redirects=True)
        assert "10 cases decided fraud at once" in done.text
        assert "confirmed by" in (await hers.get(page)).text


def test_the_thresholds_are_reached_by_either() -> None:
    assert FEW.is_needed(4, Decimal(0))
    assert FEW.is_needed(1, Decimal(1000))
    assert FEW.is_needed(1, None)
    assert not replace(FEW, from_cases=5).is_needed(4, Decimal("999.99"))
