"""Finding cases over HTTP: the queue's filters, the search, a case's record; and what they keep back."""

import re
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from tests.builders import ALL_UNKNOWN, a_case, run, until, value, with_policy
from tests.service import Service
from tests.web.pages.review.review_forms import verdict_form

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRETS = ("Probability of fraud", "score in review range", "policy version", "chargeback")


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
    return page.text


async def draw(engine: AsyncEngine, case_id: int, *, is_blind: bool) -> None:
    """Let chance have drawn a case so; what it drew is never changed otherwise."""
    await run(engine, "ALTER TABLE blind_draws DISABLE TRIGGER USER")
    await run(
        engine, "UPDATE blind_draws SET is_blind = :drawn WHERE case_id = :id", drawn=is_blind, id=case_id
    )
    await run(engine, "ALTER TABLE blind_draws ENABLE TRIGGER USER")


async def judge(service: Service, engine: AsyncEngine, case_id: int, note: str) -> None:
    """Let an analyst judge a case from the desk, and its grace end."""
    await run(engine, "UPDATE cases SET priority_key = 1e12 WHERE id = :id", id=case_id)
    async with await service.browser(await service.person(Role.ANALYST)) as browser:
        desk = await shown(browser, "/review")
        assert f'data-case-id="{case_id}"' in desk
        # The first of a blind case is provisional.
        for _ in range(1 + ("data-first" in desk)):
            address, fields = verdict_form(desk, "fraud")
            desk = (await browser.post(address, data=fields | {"note": note})).text
    await run(engine, "UPDATE pending_verdicts SET judged_at = now(), settles_at = now()")

    async def is_judged() -> bool:
        await service.services.cases.verdicts.settle_due()
        state: str = await value(engine, "SELECT state FROM cases WHERE id = :id", id=case_id)
        return state == "judged"

    await until(is_judged)
    # By chance a second look was opened.
    await run(
        engine,
        "UPDATE cases SET state = 'closed', closed_at = now() WHERE first_case_id = :id",
        id=case_id,
    )


async def test_an_open_case_is_found_and_read_without_its_score(
    service: Service, ada: httpx.AsyncClient, margaret: httpx.AsyncClient
) -> None:
    card = uuid4().hex
    file = await a_case(service, attributes={"card": card})
    case_id = file.case.id
    for sought in (card, file.transaction_id, f"case {case_id}"):
        page = await shown(ada, f"/search?q={quote(sought)}")
        assert f'href="/cases/{case_id}"' in page
        assert "not shown yet" in page
    page = await shown(ada, f"/cases/{case_id}")
    assert [secret for secret in SECRETS if secret in page] == []
    assert "Opened for manual review" in page
    page = await shown(margaret, f"/cases/{case_id}")
    assert "Probability of fraud" in page
    assert "manual review" in page


async def test_a_judged_case_tells_all_and_a_review_of_it_hides_it_again(
    service: Service, engine: AsyncEngine, ada: httpx.AsyncClient
) -> None:
    case_id = (await a_case(service)).case.id
    note = f"called the customer {uuid4().hex}"
    await judge(service, engine, case_id, note)
    page = await shown(ada, f"/cases/{case_id}")
    assert "Probability of fraud" in page
    assert note in page
    assert "Decided fraud by" in page
    assert f'href="/cases/{case_id}"' in await shown(ada, f"/search?q={note}")
    await run(
        engine,
        "INSERT INTO cases (transaction_id, decision_id, kind, expected_loss, priority_key, fallback,"
        " opened_at, first_case_id) SELECT transaction_id, decision_id, 'ruling', 1, 0, 'wait', now(), id"
        " FROM cases WHERE id = :id",
        id=case_id,
    )
    second = await value(engine, "SELECT max(id) FROM cases WHERE first_case_id = :id", id=case_id)
    assert "Nothing was found" in await shown(ada, f"/search?q={note}")
    assert (await ada.get(f"/cases/{case_id}")).status_code == 404
    page = await shown(ada, f"/cases/{second}")
    assert [
        each for each in (note, "Judged fraud", "Probability of fraud", f"/cases/{case_id}") if each in page
    ] == []


async def test_linked_payments_stand_on_the_record(service: Service, ada: httpx.AsyncClient) -> None:
    card = uuid4().hex
    first = (await a_case(service, attributes={"card": card}, amount="17.35")).case.transaction_key
    second = (await a_case(service, attributes={"card": card})).case.id
    page = await shown(ada, f"/cases/{second}")
    assert "17.35" in page
    assert f'href="/payments/{first}"' in page
    assert re.search(r"card <b>1</b>", page)


@pytest.mark.parametrize("case", ["0", "x", "-1", "9223372036854775808", "987654321"])
async def test_a_case_that_is_none_is_not_found(ada: httpx.AsyncClient, case: str) -> None:
    assert (await ada.get(f"/cases/{case}")).status_code in {404, 422}


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SENIOR, Role.MANAGER, Role.AUDITOR, Role.ADMIN])
async def test_everybody_who_works_here_may_search(service: Service, role: Role) -> None:
    async with await service.browser(await service.person(role)) as browser:
        assert 'href="/search"' in await shown(browser, "/search")


@pytest.mark.parametrize("address", ["/search?q=x", "/cases/1"])
async def test_nobody_else_may(service: Service, address: str) -> None:
    assert (await service.client.get(address)).headers["location"].startswith("/login")


@pytest.mark.parametrize(
    "words",
    [
        *(
            "%00",
            "a%00b",
            "x" * 10_000,
            "%ff%fe",
            "%ed%a0%80",
            "%27",
            "%22",
            "%26%7C!%3A*",
            "-",
            "%5C",
            "(((",
        ),
        *("9" * 19, "%E2%80%AE", "&q=2", ""),
    ],
)
async def test_odd_searches_are_answered(ada: httpx.AsyncClient, words: str) -> None:
    assert (await ada.get(f"/search?q={words}")).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        *("cause=x", "state=judged", "mine=2", "policy=9223372036854775808", "policy=%D9%A4"),
        *("amount_from=NaN", "amount_from=1e999999999", "amount_to=-1", "amount_from=1_0"),
        *("waits_from=inf", "waits_from=nan", "waits_to=1e300"),
        *("after=x", "after=-1&place=9", "after=99999999999999999999", "after=987654321"),
        *("name=%00&value=%00", "name=card&value=%ff", "name=" + "x" * 10_000),
    ],
)
async def test_odd_filters_are_answered(
    ada: httpx.AsyncClient, margaret: httpx.AsyncClient, query: str
) -> None:
    for browser in (ada, margaret):
        assert (await browser.get(f"/queue?{query}")).status_code == 200


async def test_the_queue_says_why_a_case_stands_where_it_does(
    service: Service, engine: AsyncEngine, margaret: httpx.AsyncClient
) -> None:
    shop = uuid4().hex
    case_id = (await a_case(service, attributes={"shop": shop})).case.id
    address = f"/queue?name=shop&value={shop}"
    await run(
        engine,
        "UPDATE cases SET expected_loss = 88, queue_loss = 88, priority_key = 5 WHERE id = :id",
        id=case_id,
    )
    await draw(engine, case_id, is_blind=False)
    page = await shown(margaret, address)
    assert re.search("\u20ac\u202f88.00 at risk, pending \\d+\u202fs", page)
    assert "Score in review range" in page


async def test_a_blind_case_says_only_how_long_it_waits(
    service: Service, engine: AsyncEngine, ada: httpx.AsyncClient
) -> None:
    shop = uuid4().hex
    case_id = (await a_case(service, attributes={"shop": shop})).case.id
    await draw(engine, case_id, is_blind=True)
    page = await shown(ada, f"/queue?name=shop&value={shop}")
    assert f'href="/cases/{case_id}"' in page
    assert "at risk" not in page
    assert "Blind review" in page
    assert f"/cases/{case_id}" not in await shown(ada, f"/queue?name=shop&value={shop}&cause=between_bounds")


async def test_only_who_sees_policies_filters_by_their_version(
    service: Service, ada: httpx.AsyncClient, margaret: httpx.AsyncClient
) -> None:
    """A case opened to look at people again is of an old version: by that it could be told."""
    shop = uuid4().hex
    case_id = (await a_case(service, attributes={"shop": shop})).case.id
    address = f"/queue?name=shop&value={shop}&policy=999999"
    assert f"/cases/{case_id}" in await shown(ada, address)
    assert f"/cases/{case_id}" not in await shown(margaret, address)


async def test_more_goes_on_behind_the_last_row(service: Service, ada: httpx.AsyncClient) -> None:
    shop = uuid4().hex
    bodies = [service.body(attributes={"shop": shop}) for _ in range(53)]
    answers = await service.client.post("/v1/transactions/batch", json=bodies, headers=service.headers)
    wanted = {result["answer"]["case_id"] for result in answers.json()["results"]}
    page = await shown(ada, f"/queue?name=shop&value={shop}&state=open")
    (more,) = re.findall(r'href="(/queue\?[^"]*after=[^"]*)"', page)
    further = await shown(ada, more.replace("&amp;", "&"))
    first, rest = ({int(found) for found in re.findall(r"/cases/(\d+)", each)} for each in (page, further))
    assert (len(first), len(rest)) == (50, 3)
    assert first | rest == wanted
    assert re.search(r'is-rank">\s*<span class="soft">51</span>', further)
    assert "after=" not in further
