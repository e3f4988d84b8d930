"""Entities over HTTP, and the story of a case told from stored payments; and what is kept from whom."""

from html import unescape
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.web.pages.entity_address import encoded, entity_address
from app.web.pages.formatting import THIN
from tests.builders import ALL_UNKNOWN, a_case, run, with_policy
from tests.service import Service
from tests.web.pages.payments.test_payment_page import reported

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def service(shared_service: Service) -> Service:
    return shared_service


@pytest.fixture
def engine(shared_engine: AsyncEngine) -> AsyncEngine:
    return shared_engine


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(shared_service: Service) -> httpx.AsyncClient:
    await with_policy(shared_service, **ALL_UNKNOWN)
    return await shared_service.browser(await shared_service.person(Role.ANALYST))


async def shown(browser: httpx.AsyncClient, address: str) -> str:
    page = await browser.get(address)
    assert page.status_code == 200, page.text
    return " ".join(unescape(page.text).replace(THIN, " ").split())


async def test_a_card_is_shown_with_its_open_cases_and_without_what_is_to_be_judged(
    service: Service, engine: AsyncEngine, ada: httpx.AsyncClient
) -> None:
    card, shop = uuid4().hex, f"shop {uuid4().hex}"
    file = await a_case(service, attributes={"card": card, "merchant": shop}, amount="17.35")
    await reported(engine, file.transaction_id, "fraud")
    page = await shown(ada, entity_address("card", card))
    assert f'href="/cases/{file.case.id}">Case {file.case.id}</a>' in page
    assert "not shown yet" in page
    assert "chargeback" not in page
    assert "1 fraud" not in page
    assert f'href="{entity_address("merchant", shop)}"' in page
    auditor = await service.browser(await service.person(Role.AUDITOR))
    page = await shown(auditor, entity_address("card", card))
    assert "chargeback" in page
    assert "1 fraud" in page


async def test_further_payments_stand_on_further_sheets(
    service: Service, ada: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = uuid4().hex
    files = [await a_case(service, attributes={"card": card}) for _ in range(3)]
    monkeypatch.setattr("app.web.pages.payments.entity_view.PAGE", 2)
    page = await shown(ada, entity_address("card", card))
    older = page.partition('id="older" href="')[2].partition('"')[0]
    listed = page.partition('class="list found"')[2]
    assert f"/payments/{files[0].case.transaction_key}" not in listed
    page = await shown(ada, older)
    assert f"/payments/{files[0].case.transaction_key}" in page
    assert f"/payments/{files[1].case.transaction_key}" not in page


@pytest.mark.parametrize(
    "address",
    [
        *("/entities/card/x", "/entities/card/%00", "/entities/card/%E2%80%A2", "/entities/card/____"),
        f"/entities/colour/{encoded('red')}",
        f"/entities/card/{encoded('nobody has this one')}",
        f"/entities/card/{encoded('a' + chr(0))}",
    ],
)
async def test_what_no_payment_has_is_not_found(ada: httpx.AsyncClient, address: str) -> None:
    assert (await ada.get(address)).status_code == 404


async def test_a_card_number_is_not_looked_for_and_not_repeated(ada: httpx.AsyncClient) -> None:
    number = "4111111111111111"
    answer = await ada.get(entity_address("card", number))
    assert answer.status_code == 422
    assert number not in answer.text


async def test_nobody_else_may_read_one(service: Service) -> None:
    answer = await service.client.get(entity_address("card", "x"))
    assert answer.headers["location"].startswith("/login")


async def test_a_case_begins_with_what_its_card_did_and_each_sentence_leads_there(
    service: Service, engine: AsyncEngine, ada: httpx.AsyncClient
) -> None:
    """No model of this service reads history: stored payments tell it."""
    await with_policy(service, approve_at_most=99.0, decline_at_least=100.0, novelty_at_most=None)
    card, shop = uuid4().hex, uuid4().hex
    before = [
        service.body(attributes={"card": card, "merchant": f"{shop} {n}"}, amount="20.00") for n in range(4)
    ]
    for body in before:
        assert (await service.post(body)).json()["label"] == "legit"
    await reported(engine, before[0]["transaction_id"], "fraud")
    await with_policy(service, **ALL_UNKNOWN)
    file = await a_case(service, attributes={"card": card, "merchant": shop}, amount="170.00")
    await run(engine, "UPDATE cases SET priority_key = 1e13 WHERE id = :id", id=file.case.id)
    page = await shown(ada, "/review")
    assert f'data-case-id="{file.case.id}"' in page
    story = page.partition('id="story"')[2].partition("</ul>")[0]
    for told in (
        "1 linked payment was confirmed fraud",
        "Card: 4 payments in 24 h, usual 0 a day",
        "8 \u00d7 the median amount of this card, € 20.00",
        "First time of this card with this merchant; 4 other merchants in 30 days",
        f'href="{entity_address("card", card)}"',
    ):
        assert told in story, told
    assert page.index('id="story"') < page.index('id="why"')
