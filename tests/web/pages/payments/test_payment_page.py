"""Every payment has a page: what was sent, decided and heard, and what is kept from whoever may judge it."""

from html import unescape
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.web.pages.formatting import THIN
from tests.builders import ALL_UNKNOWN, a_case, run, value, with_policy
from tests.service import Service
from tests.web.pages.cases.test_finding import judge

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRETS = ("Probability of fraud", "score in review range", "policy version", "Outcome sent", "chargeback")


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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def margaret(shared_service: Service, ada: httpx.AsyncClient) -> httpx.AsyncClient:  # noqa: ARG001 - its policy
    return await shared_service.browser(await shared_service.person(Role.AUDITOR))


async def shown(browser: httpx.AsyncClient, address: str) -> str:
    page = await browser.get(address)
    assert page.status_code == 200, page.text
    return " ".join(unescape(page.text).replace(THIN, " ").split())


async def address_of(engine: AsyncEngine, transaction_id: str) -> str:
    key = await value(engine, "SELECT id FROM payments WHERE transaction_id = :id", id=transaction_id)
    return f"/payments/{key}"


async def reported(engine: AsyncEngine, transaction_id: str, label: str) -> None:
    await run(
        engine,
        "INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at)"
        " SELECT id, :label, 'chargeback', received_at, received_at, now() FROM payments"
        " WHERE transaction_id = :id",
        label=label,
        id=transaction_id,
    )


async def test_what_somebody_is_to_judge_is_shown_without_score_and_truth(
    service: Service, engine: AsyncEngine, ada: httpx.AsyncClient, margaret: httpx.AsyncClient
) -> None:
    card = uuid4().hex
    file = await a_case(service, attributes={"card": card})
    await reported(engine, file.transaction_id, "fraud")
    address = await address_of(engine, file.transaction_id)
    page = await shown(ada, address)
    assert [secret for secret in SECRETS if secret in page] == []
    assert f'href="/cases/{file.case.id}"' in page
    assert card in page
    page = await shown(margaret, address)
    assert [secret for secret in SECRETS if secret not in page] == []


async def test_a_judged_payment_says_who_judged_it_and_what_was_reported_since(
    service: Service, engine: AsyncEngine, ada: httpx.AsyncClient
) -> None:
    file = await a_case(service)
    note = f"called the customer {uuid4().hex}"
    await judge(service, engine, file.case.id, note)
    await reported(engine, file.transaction_id, "legit")
    page = await shown(ada, await address_of(engine, file.transaction_id))
    assert [secret for secret in SECRETS if secret not in page] == []
    assert note in page
    verdict, report = page.index('tag is-fraud">fraud'), page.index('tag is-legit">legit</span> chargeback')
    assert verdict < report


async def test_a_payment_that_the_machine_decided_has_a_page_without_a_case(
    service: Service, engine: AsyncEngine, ada: httpx.AsyncClient
) -> None:
    await with_policy(service, approve_at_most=99.0, decline_at_least=100.0, novelty_at_most=None)
    card = uuid4().hex
    one, other = (service.body(attributes={"card": card}, amount="17.35") for _ in range(2))
    for body in (one, other):
        assert (await service.post(body)).json()["label"] == "legit"
    await with_policy(service, **ALL_UNKNOWN)
    page = await shown(ada, await address_of(engine, one["transaction_id"]))
    assert "No case: it was decided without a person." in page
    assert 'The model <b class="legit">approved it</b>: below the approve threshold' in page
    assert f'href="{await address_of(engine, other["transaction_id"])}"' in page, "its linked payment"
    found = await shown(ada, f"/search?q={card}")
    assert f'href="{await address_of(engine, one["transaction_id"])}"' in found


@pytest.mark.parametrize("key", ["0", "x", "-1", "9223372036854775808", "987654321"])
async def test_a_payment_that_is_none_is_not_found(ada: httpx.AsyncClient, key: str) -> None:
    assert (await ada.get(f"/payments/{key}")).status_code in {404, 422}


async def test_nobody_else_may_read_one(service: Service) -> None:
    assert (await service.client.get("/payments/1")).headers["location"].startswith("/login")
