"""The review page as its service fills it: what an open case shows, and what a blind one must not show."""

import re

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.review.case import Judgement
from app.web.pages.review.reasons import WORDS
from tests.builders import ALL_LEGIT, ALL_UNKNOWN, a_desk, csrf_token, rows, run, value, with_policy
from tests.service import NOON, Service
from tests.web.pages.review.review_forms import verdict_form

ODD = {"V14": -6.0, "V10": -4.0}
# "Unusual amount" is also one of the reasons a person may give.
CODES = set(WORDS.values()) - {"Unusual amount"}
SECRETS = (*CODES, "chargeback", 'class="codes"', 'class="alike"', 'class="pull"', "random audit")


async def a_known_fraud(service: Service) -> None:
    """Report a payment that the machine approved, so that nobody is to judge it; it has no links."""
    await with_policy(service, **ALL_LEGIT)
    body = service.body(features={"V14": -5.0}, attributes={})
    await service.post(body)
    report = {"transaction_id": body["transaction_id"], "label": "fraud", "source": "chargeback"}
    times = {"occurred_at": NOON.isoformat(), "learned_at": NOON.isoformat()}
    await service.client.post("/v1/labels", json={"labels": [report | times]}, headers=service.headers)
    await service.services.cases.explanations.neighbours.refresh()


DRAWN = "SELECT is_blind FROM blind_draws WHERE case_id = :id"


async def a_drawn_case(service: Service, engine: AsyncEngine, *, blind: bool) -> int:
    """Post odd payments until one is to be reviewed blind, or with the score."""
    await with_policy(service, **ALL_UNKNOWN)
    for _ in range(200):
        case_id: int = (await service.post(service.body(features=ODD))).json()["case_id"]
        if await value(engine, DRAWN, id=case_id) is blind:
            await run(engine, "UPDATE cases SET priority_key = 1e9 WHERE id = :id", id=case_id)
            return case_id
    raise AssertionError("no such case")


async def shown(browser: httpx.AsyncClient, case_id: int) -> str:
    page = await browser.get("/review")
    assert page.status_code == 200
    assert f'data-case-id="{case_id}"' in page.text
    return page.text


async def test_an_open_case_shows_reasons_and_neighbours(service: Service, engine: AsyncEngine) -> None:
    await a_known_fraud(service)
    case_id = await a_drawn_case(service, engine, blind=False)
    async with await service.browser(await service.person(Role.ANALYST)) as browser:
        page = await shown(browser, case_id)
    assert 1 <= len(re.findall(r'<b class="code">R\d</b>', page)) <= 4
    assert "chargeback" in page
    assert 'class="pull"' in page


async def test_a_blind_review_shows_neither_before_the_verdict(service: Service, engine: AsyncEngine) -> None:
    await a_known_fraud(service)
    case_id = await a_drawn_case(service, engine, blind=True)
    async with await service.browser(await service.person(Role.ANALYST)) as browser:
        page = await shown(browser, case_id)
    assert [secret for secret in SECRETS if secret in page] == []


@pytest.mark.parametrize("headers", [{}, {"X-Fragment": "1"}])
async def test_an_audit_is_told_as_one_after_its_verdict_and_not_before(
    service: Service, headers: dict[str, str]
) -> None:
    await with_policy(service, **ALL_LEGIT, audit_share_approved=1.0)
    case_id = (await service.post(service.body())).json()["case_id"]
    account = await service.person(Role.ANALYST)
    async with await service.browser(account) as browser:
        page = (await browser.get(f"/review?case={case_id}&done=legit")).text
        assert [secret for secret in SECRETS if secret in page] == []
        address, fields = verdict_form(page, "legit")
        assert address == f"/review/{case_id}/verdict"
        first = await browser.post(address, data=fields, headers=headers, follow_redirects=True)
        _, final = verdict_form(first.text, "legit")
        after = await browser.post(address, data=final, headers=headers, follow_redirects=True)
    assert 'id="first-said"' in first.text
    assert "random audit" not in first.text
    assert "R9: it was a random audit." in after.text


async def test_an_unknown_is_not_told_as_an_audit(service: Service, engine: AsyncEngine) -> None:
    case_id = await a_drawn_case(service, engine, blind=False)
    assert await value(engine, "SELECT kind FROM cases WHERE id = :id", id=case_id) == "unknown"
    async with await service.browser(await service.person(Role.ANALYST)) as browser:
        assert "random audit" not in (await browser.get(f"/review?case={case_id}&done=fraud")).text


@pytest.mark.parametrize("case", ["0", "9223372036854775808", "x"])
async def test_a_strange_case_in_the_address_is_refused(service: Service, case: str) -> None:
    async with await service.browser(await service.person(Role.ANALYST)) as browser:
        assert (await browser.get(f"/review?case={case}&done=fraud")).status_code in {400, 422}


async def test_a_senior_corrects_a_verdict_on_its_record_with_a_reason(
    service: Service, engine: AsyncEngine
) -> None:
    case_id = await a_drawn_case(service, engine, blind=False)
    desk = a_desk(service, service.services.clock)
    ada = await service.person(Role.ANALYST)
    await desk.judged(ada, await desk.claimed(ada), Judgement.LEGIT)
    async with await service.browser(ada) as browser:
        assert "Correct it" not in (await browser.get(f"/cases/{case_id}")).text
        refused = await correct(service, browser, case_id, reason="I think so.")
        assert refused.status_code == 403
    async with await service.browser(await service.person(Role.SENIOR)) as browser:
        assert "Correct it" in (await browser.get(f"/cases/{case_id}")).text
        assert (await correct(service, browser, case_id, reason=" ")).status_code == 422
        done = await correct(service, browser, case_id, reason="The holder called.")
    assert "a correction," in done.text
    assert "The holder called." in done.text
    assert await rows(engine, "SELECT judgement FROM standing_verdicts") == [("fraud",)]


async def correct(
    service: Service, browser: httpx.AsyncClient, case_id: int, *, reason: str
) -> httpx.Response:
    fields = {
        "csrf_token": await csrf_token(service, browser),
        "judgement": "fraud",
        "reason": reason,
    }
    return await browser.post(f"/cases/{case_id}/correct", data=fields, follow_redirects=True)
