"""The queue as a list people work with, through HTTP: columns, sorts and views, without any script."""

import re
from html import unescape
from urllib.parse import parse_qs
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from tests.builders import ALL_UNKNOWN, a_case, run, with_policy
from tests.service import Service

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


@pytest_asyncio.fixture(loop_scope="module")
async def bob(service: Service) -> httpx.AsyncClient:
    return await service.browser(await service.person(Role.SENIOR))


def heads(page: str) -> list[str]:
    table = page[page.index("<thead") : page.index("</thead>")]
    names = re.findall(r"<th scope=\"col\"\s+class=\"[^\"]*is-[^>]*>(.*?)</th>", table, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", name).strip() for name in names]


def cases_of(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'<a href="/cases/(\d+)">', page)]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', page)
    assert found is not None, name
    return unescape(found[1])


def amount_from(page: str) -> list[str]:
    """Return from which amount on the list goes; nothing: from any."""
    return parse_qs(hidden(page, "shown")).get("amount_from", [])


async def shown(browser: httpx.AsyncClient, address: str) -> str:
    page = await browser.get(address)
    assert page.status_code == 200, page.text
    return page.text


async def kept(browser: httpx.AsyncClient, page: str, name: str, **fields: str) -> httpx.Response:
    form = {"csrf_token": hidden(page, "csrf_token"), "shown": hidden(page, "shown"), "name": name}
    return await browser.post("/queue/views", data=form | fields)


async def test_columns_are_shown_in_the_order_that_is_asked_for(
    service: Service, ada: httpx.AsyncClient
) -> None:
    shop = uuid4().hex
    await a_case(service, attributes={"card": "•••• 4711", "merchant": shop})
    address = f"/queue?name=merchant&value={shop}&column=merchant&column=card&column=client&column=case"
    page = await shown(ada, address)
    assert heads(page) == ["Merchant", "Card", "Client", "Case", "Assignee"]
    assert shop in page
    assert "•••• 4711" in page
    page = await shown(ada, f"{address}&move=client.left")
    assert heads(page) == ["Merchant", "Client", "Card", "Case", "Assignee"]
    page = await shown(ada, f"{address}&column=tint&column=kind")
    assert heads(page) == ["Merchant", "Card", "Client", "Case", "Assignee"]


async def test_a_blind_case_shows_no_score_in_any_column(
    service: Service, engine: AsyncEngine, ada: httpx.AsyncClient
) -> None:
    shop = uuid4().hex
    case_id = (await a_case(service, attributes={"shop": shop})).case.id
    address = f"/queue?name=shop&value={shop}&column=score&column=case"
    for is_blind in (True, False):
        await run(engine, "ALTER TABLE blind_draws DISABLE TRIGGER USER")
        await run(
            engine, "UPDATE blind_draws SET is_blind = :is_blind WHERE case_id = :id",
            is_blind=is_blind, id=case_id,
        )  # fmt: skip
        await run(engine, "ALTER TABLE blind_draws ENABLE TRIGGER USER")
        table = (await shown(ada, address)).split("<tbody>")[1].split("</tbody>")[0]
        assert ("not shown" in table) is is_blind
        assert ("%" in table) is not is_blind


async def test_a_heading_sorts_and_sorts_back_and_pages_go_on(
    service: Service, ada: httpx.AsyncClient
) -> None:
    shop = uuid4().hex
    amounts = [f"{10 + n % 7}.00" for n in range(53)]
    bodies = [service.body(attributes={"shop": shop}, amount=amount) for amount in amounts]
    answers = await service.client.post("/v1/transactions/batch", json=bodies, headers=service.headers)
    ids = [result["answer"]["case_id"] for result in answers.json()["results"]]
    amount_of = dict(zip(ids, map(float, amounts), strict=True))
    page = await shown(ada, f"/queue?name=shop&value={shop}")
    (largest,) = re.findall(r'<a class="sort" href="([^"]*)">Amount</a>', page)
    page = await shown(ada, unescape(largest))
    (further,) = re.findall(r'href="(/queue\?[^"]*after=[^"]*)"', page)
    found = [*cases_of(page), *cases_of(await shown(ada, unescape(further)))]
    assert found == sorted(ids, key=lambda case_id: (-amount_of[case_id], -case_id))
    assert 'aria-sort="descending"' in page
    (smallest,) = re.findall(r'<a class="sort" href="([^"]*)">Amount</a>', page)
    turned = await shown(ada, unescape(smallest))
    assert cases_of(turned) == found[::-1][:50]
    assert 'aria-sort="ascending"' in turned


async def test_a_view_is_kept_shared_opened_by_a_colleague_and_theirs_to_begin_with(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    name = f"Large {uuid4().hex[:8]}"
    page = await shown(ada, "/queue?amount_from=500&column=amount&column=case&sort=-pending")
    answer = await kept(ada, page, name, is_shared="true")
    assert answer.status_code == 303
    address = answer.headers["location"]
    again = await kept(ada, page, name, is_shared="true")
    assert again.headers["location"] == address
    opened = await shown(bob, address)
    assert 'name="amount_from"' in opened
    assert amount_from(opened) == ["500"]
    assert 'id="view-name"' in opened
    assert name in await shown(bob, "/queue/views")
    view_id = address.removeprefix("/queue?view=")
    csrf = hidden(opened, "csrf_token")
    begun = await bob.post("/queue/views/default", data={"csrf_token": csrf, "view_id": view_id})
    assert begun.status_code == 303
    assert amount_from(await shown(bob, "/queue")) == ["500"]
    assert amount_from(await shown(bob, "/queue?view=all")) == []
    assert amount_from(await shown(bob, "/queue?state=open")) == []
    refused = await bob.post(
        f"/queue/views/{view_id}", data={"csrf_token": csrf, "act": "rename", "version": 1, "name": "Mine"}
    )
    assert refused.status_code == 403
    assert "changed by whoever made it" in refused.text
    await bob.post("/queue/views/default", data={"csrf_token": csrf})
    assert amount_from(await shown(bob, "/queue")) == []


async def test_an_old_form_is_told_who_changed_the_view(ada: httpx.AsyncClient) -> None:
    page = await shown(ada, "/queue?amount_from=500")
    address = (await kept(ada, page, uuid4().hex)).headers["location"]
    view = address.replace("?view=", "/views/")
    form = {"csrf_token": hidden(page, "csrf_token"), "version": "1"}
    edited = await shown(ada, f"{address}&amount_from=900&state=open")
    keep = form | {"act": "keep", "shown": hidden(edited, "shown")}
    for _ in range(2):
        assert (await ada.post(view, data=keep)).headers["location"] == address
    assert amount_from(await shown(ada, address)) == ["900"]
    late = await ada.post(view, data=form | {"act": "rename", "name": "Else"})
    assert late.status_code == 409
    assert "changed it at" in late.text


async def test_a_view_that_is_gone_or_a_colleagues_opens_the_queue_and_says_so(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    page = await shown(ada, "/queue?amount_from=500")
    address = (await kept(ada, page, uuid4().hex)).headers["location"]
    for strange in (address, "/queue?view=987654321"):
        assert "There is no such view any more" in await shown(bob, strange)


async def test_a_name_that_is_refused_stands_in_its_field_again(ada: httpx.AsyncClient) -> None:
    page = await shown(ada, "/queue?amount_from=500")
    answer = await kept(ada, page, "x" * 61)
    assert answer.status_code == 422
    assert amount_from(answer.text) == ["500"]
    assert "x" * 61 in answer.text


@pytest.mark.parametrize(
    "query",
    [
        *("view=x", "view=-1", "view=99999999999999999999", "column=x", "column=%00", "sort=x", "sort=--due"),
        *("move=x", "move=case.up", "move=.left&column=case", "sort=due&after=987654321", "column=" * 200),
    ],
)
async def test_odd_lists_are_answered(ada: httpx.AsyncClient, query: str) -> None:
    assert (await ada.get(f"/queue?{query}")).status_code == 200


async def test_a_filter_that_is_not_understood_is_told_how_it_is_written(ada: httpx.AsyncClient) -> None:
    """Red where the sentence was shown with the place of its example instead of one."""
    page = await shown(ada, "/queue?state=open&amount_from=1.234")
    assert "such as 1234.5." in page
    assert "%(" not in page
