"""Forms of the desk sent more than once: an answer was lost, a button pressed twice, a page was old."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Account, Role
from tests.builders import ALL_LEGIT, ALL_UNKNOWN, a_desk, csrf_token, rows, run, value, with_policy
from tests.service import Service
from tests.web.pages.review.review_forms import form, verdict_form

JUDGED = """
SELECT judgement FROM pending_verdicts UNION ALL SELECT judgement FROM verdicts WHERE corrects_id IS NULL
"""
FIRST = "SELECT judgement FROM provisional_verdicts"
ENDS = "SELECT how FROM claims JOIN claim_ends USING (token) ORDER BY ended_at"
FRAGMENT = {"X-Fragment": "1"}


@pytest.fixture
async def analyst(service: Service) -> Account:
    return await service.person(Role.ANALYST)


@pytest.fixture
async def browser(service: Service, analyst: Account) -> AsyncIterator[httpx.AsyncClient]:
    """An analyst's browser, at a desk where a verdict can be undone for a minute."""
    cases = service.services.cases
    object.__setattr__(cases, "verdicts", replace(cases.verdicts, grace=timedelta(minutes=1)))
    async with await service.browser(analyst) as browser:
        yield browser


async def a_blind_case(service: Service) -> None:
    """Let a case wait that is reviewed blind: an audit always is."""
    await with_policy(service, **ALL_LEGIT, audit_share_approved=1.0)
    await service.post(service.body())


async def some_cases(service: Service, number: int) -> None:
    """Let cases wait that show all there is."""
    object.__setattr__(service.services.payments.intake._opening, "blind_share", 0.0)
    await with_policy(service, **ALL_UNKNOWN)
    for _ in range(number):
        await service.post(service.body())


async def desk(browser: httpx.AsyncClient) -> str:
    page = await browser.get("/review")
    assert page.status_code == 200, page.text
    return page.text


def case_on(page: str) -> int:
    found = re.search(r'data-case-id="(\d+)"', page)
    assert found is not None, "nothing lies on the desk"
    return int(found[1])


@pytest.mark.parametrize("headers", [{}, FRAGMENT])
@pytest.mark.parametrize("again", ["legit", "fraud"])
@pytest.mark.parametrize("names_its_stage", [True, False])
async def test_a_first_verdict_that_comes_again_is_still_the_first(
    service: Service,
    engine: AsyncEngine,
    browser: httpx.AsyncClient,
    headers: dict[str, str],
    again: str,
    names_its_stage: bool,
) -> None:
    await a_blind_case(service)
    page = await desk(browser)
    address, fields = verdict_form(page, "legit")
    if not names_its_stage:
        del fields["stage"]
    for judgement in ("legit", again, again):
        answer = await browser.post(address, data=fields | {"judgement": judgement}, headers=headers)
        assert answer.status_code == 200
        assert "In blind review you said" in answer.text
        assert await rows(engine, JUDGED) == []
    assert await rows(engine, FIRST) == [("legit",)]
    address, final = verdict_form(answer.text, "fraud")
    assert (fields.get("stage"), final["stage"]) in {("provisional", "final"), (None, "final")}
    await browser.post(address, data=final, headers=headers)
    assert await rows(engine, JUDGED) == [("fraud",)]


async def test_first_verdicts_sent_at_once_are_one_and_none_of_them_is_final(
    service: Service, engine: AsyncEngine, browser: httpx.AsyncClient
) -> None:
    await a_blind_case(service)
    address, fields = verdict_form(await desk(browser), "fraud")
    answers = await asyncio.gather(*(browser.post(address, data=fields) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert await rows(engine, FIRST) == [("fraud",)]
    assert await rows(engine, JUDGED) == []


async def test_a_first_verdict_that_comes_after_the_final_one_changes_nothing_and_is_told(
    service: Service, engine: AsyncEngine, browser: httpx.AsyncClient
) -> None:
    await a_blind_case(service)
    address, fields = verdict_form(await desk(browser), "legit")
    opened = await browser.post(address, data=fields)
    _, final = verdict_form(opened.text, "fraud")
    await browser.post(address, data=final)
    late = await browser.post(address, data=fields)
    assert late.status_code == 409
    assert "You decided it already: fraud. That stands." in late.text
    assert await rows(engine, JUDGED) == [("fraud",)]
    assert await rows(engine, FIRST) == [("legit",)]


async def test_a_final_verdict_without_a_first_one_is_refused_where_a_blind_review_is_asked_for(
    service: Service, engine: AsyncEngine, browser: httpx.AsyncClient
) -> None:
    await a_blind_case(service)
    address, fields = verdict_form(await desk(browser), "legit")
    answer = await browser.post(address, data=fields | {"stage": "final"})
    assert answer.status_code == 409
    assert "needs a first verdict" in answer.text
    assert await rows(engine, JUDGED) == await rows(engine, FIRST) == []


@pytest.mark.parametrize("judgement", ["fraud", "legit", "escalate"])
@pytest.mark.parametrize("settled", [False, True])
async def test_a_verdict_that_comes_again_is_answered_as_the_first_time(
    service: Service, engine: AsyncEngine, browser: httpx.AsyncClient, judgement: str, settled: bool
) -> None:
    await some_cases(service, 2)
    page = await desk(browser)
    address, fields = verdict_form(page, judgement)
    first = await browser.post(address, data=fields)
    if settled:
        await run(engine, "UPDATE pending_verdicts SET judged_at = now(), settles_at = now()")
        await service.services.cases.verdicts.settle_due()
    second = await browser.post(address, data=fields)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    assert await rows(engine, JUDGED) == [(judgement,)]


async def test_an_escalation_of_a_senior_that_comes_again_is_no_second_one(
    service: Service, engine: AsyncEngine
) -> None:
    await some_cases(service, 1)
    async with await service.browser(await service.person(Role.SENIOR)) as browser:
        address, fields = verdict_form(await desk(browser), "escalate")
        await browser.post(address, data=fields)
        await run(engine, "UPDATE pending_verdicts SET judged_at = now(), settles_at = now()")
        await service.services.cases.verdicts.settle_due()
        await browser.post(address, data=fields)
    assert await rows(engine, JUDGED) == [("escalate",)]
    assert await rows(engine, "SELECT state FROM cases") == [("escalated",)]


async def test_another_word_on_a_judged_case_is_refused_with_what_was_said(
    service: Service, engine: AsyncEngine, browser: httpx.AsyncClient
) -> None:
    await some_cases(service, 2)
    address, fields = verdict_form(await desk(browser), "fraud")
    await browser.post(address, data=fields)
    answer = await browser.post(address, data=fields | {"judgement": "legit"})
    assert answer.status_code == 409
    assert "You decided it already: fraud. That stands." in answer.text
    assert await rows(engine, JUDGED) == [("fraud",)]


@pytest.mark.parametrize("skip", ["", "conflict"])
async def test_a_case_given_back_twice_goes_back_once(
    service: Service, engine: AsyncEngine, browser: httpx.AsyncClient, skip: str
) -> None:
    await some_cases(service, 2)
    page = await desk(browser)
    _, fields = verdict_form(page, "fraud")
    address = f"/review/{case_on(page)}/release"
    answers = [await browser.post(address, data=fields | {"skip": skip}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await rows(engine, ENDS) == [("skipped" if skip else "released",)]


async def test_a_case_handed_over_twice_is_handed_over_once(
    service: Service, engine: AsyncEngine, browser: httpx.AsyncClient
) -> None:
    await some_cases(service, 2)
    colleague = await service.person(Role.ANALYST)
    page = await desk(browser)
    _, fields = verdict_form(page, "fraud")
    sent = fields | {"to": colleague.name, "note": "you know this shop"}
    answers = [await browser.post(f"/review/{case_on(page)}/reassign", data=sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert await rows(engine, ENDS) == [("handed_over",)]


async def test_an_undo_that_comes_again_takes_back_nothing_else(
    service: Service, engine: AsyncEngine, browser: httpx.AsyncClient
) -> None:
    await some_cases(service, 2)
    page = await desk(browser)
    address, fields = verdict_form(page, "fraud")
    judged = await browser.post(address, data=fields, headers=FRAGMENT)
    undo, token = form(judged.text, "last")
    back = await browser.post(undo, data=token, headers=FRAGMENT)
    again = await browser.post(undo, data=token, headers=FRAGMENT)
    assert (back.status_code, again.status_code) == (200, 200)
    assert case_on(again.text) == case_on(page)
    assert await rows(engine, JUDGED) == []
    _, anew = verdict_form(again.text, "legit")
    await browser.post(address, data=anew)
    late = await browser.post(undo, data=token, headers=FRAGMENT)
    assert late.status_code == 200
    assert await rows(engine, JUDGED) == [("legit",)]


async def test_every_verdict_in_its_grace_can_be_undone_the_newest_first(
    service: Service, engine: AsyncEngine, browser: httpx.AsyncClient
) -> None:
    await some_cases(service, 4)
    judged = []
    page = await desk(browser)
    for judgement in ("fraud", "legit", "escalate"):
        judged.append(case_on(page))
        address, fields = verdict_form(page, judgement)
        page = (await browser.post(address, data=fields, headers=FRAGMENT)).text
    for case_id in reversed(judged):
        undo, token = form(page, "last")
        assert undo == f"/review/{case_id}/undo"
        page = (await browser.post(undo, data=token, headers=FRAGMENT)).text
        assert case_on(page) == case_id
    # What the case's own verdict would offer is no offer yet.
    assert 'id="undo"' not in re.sub(r"<template.*?</template>", "", page, flags=re.DOTALL)
    assert await rows(engine, JUDGED) == []


async def test_undo_stays_after_a_first_verdict_a_skip_and_a_reload(
    service: Service, engine: AsyncEngine, browser: httpx.AsyncClient
) -> None:
    await some_cases(service, 3)
    page = await desk(browser)
    before = case_on(page)
    address, fields = verdict_form(page, "fraud")
    page = (await browser.post(address, data=fields, headers=FRAGMENT)).text
    await all_blind(engine)
    page = await desk(browser)
    assert form(page, "last")[0] == f"/review/{before}/undo"
    assert f"Last: Case {before} → fraud" in page
    address, fields = verdict_form(page, "legit")
    assert fields["stage"] == "provisional"
    page = (await browser.post(address, data=fields, headers=FRAGMENT)).text
    assert 'id="first-said"' in page
    assert form(page, "last")[0] == f"/review/{before}/undo"
    _, fields = verdict_form(page, "legit")
    address = f"/review/{case_on(page)}/release"
    page = (await browser.post(address, data=fields | {"skip": "conflict"}, headers=FRAGMENT)).text
    assert "skipped, back to the queue" in page
    assert form(page, "last")[0] == f"/review/{before}/undo"
    assert f"Undo case {before}" in page


async def all_blind(engine: AsyncEngine) -> None:
    """Let chance have drawn every case for blind review."""
    await run(engine, "ALTER TABLE blind_draws DISABLE TRIGGER USER")
    await run(engine, "UPDATE blind_draws SET is_blind = true, probability = 1")


async def test_a_correction_sent_twice_is_one_and_one_of_an_old_page_is_refused(
    service: Service, engine: AsyncEngine, analyst: Account
) -> None:
    await some_cases(service, 1)
    quick = a_desk(service, service.services.clock)
    file = await quick.claimed(analyst)
    async with await service.browser(analyst) as browser:
        address, fields = verdict_form(await desk(browser), "legit")
        await browser.post(address, data=fields)
    await run(engine, "UPDATE pending_verdicts SET judged_at = now(), settles_at = now()")
    await service.services.cases.verdicts.settle_due()
    async with await service.browser(await service.person(Role.SENIOR)) as senior:
        page = (await senior.get(f"/cases/{file.case.id}")).text
        seen = re.findall(r'name="corrects" value="(\d+)"', page)
        fields = {
            "csrf_token": await csrf_token(service, senior),
            "judgement": "fraud",
            "reason": "The holder called.",
            "corrects": seen[0],
        }
        address = f"/cases/{file.case.id}/correct"
        answers = [await senior.post(address, data=fields) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        assert await value(engine, "SELECT count(*) FROM verdicts") == 2
        old = await senior.post(address, data=fields | {"judgement": "legit"})
        assert old.status_code == 409
        assert "Another verdict counts by now" in old.text
    assert await value(engine, "SELECT count(*) FROM verdicts") == 2
