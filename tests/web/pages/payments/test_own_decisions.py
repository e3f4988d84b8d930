"""My decisions over HTTP: my own alone, the newest first, with what was confirmed since, page by page."""

from html import unescape
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.web.pages.payments import own_decisions
from app.workflows.cases import lookup
from tests.builders import ALL_UNKNOWN, a_case, run, until, value, with_policy
from tests.service import Service
from tests.web.pages.payments.own_builders import OWN_PAGES
from tests.web.pages.payments.test_payment_page import reported
from tests.web.pages.review.review_forms import verdict_form

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def service(shared_service: Service) -> Service:
    return shared_service


@pytest.fixture
def engine(shared_engine: AsyncEngine) -> AsyncEngine:
    return shared_engine


async def shown(browser: httpx.AsyncClient, address: str) -> str:
    page = await browser.get(address)
    assert page.status_code == 200, page.text
    return " ".join(unescape(page.text).split())


async def decides(
    service: Service, engine: AsyncEngine, browser: httpx.AsyncClient, judgement: str, note: str
) -> str:
    """Let somebody decide a payment of its own, and its grace end; return the payment's id."""
    file = await a_case(service)
    await run(engine, "UPDATE cases SET priority_key = 1e12 WHERE id = :id", id=file.case.id)
    desk = await shown(browser, "/review")
    assert f'data-case-id="{file.case.id}"' in desk
    for _ in range(1 + ("data-first" in desk)):
        address, fields = verdict_form((await browser.get("/review")).text, judgement)
        await browser.post(address, data=fields | {"note": note})
    await run(engine, "UPDATE pending_verdicts SET judged_at = now(), settles_at = now()")

    async def is_settled() -> bool:
        await service.services.cases.verdicts.settle_due()
        return bool(await value(engine, "SELECT count(*) FROM verdicts WHERE note = :note", note=note))

    await until(is_settled)
    await run(
        engine,
        "UPDATE cases SET state = 'closed', closed_at = now() WHERE first_case_id = :id",
        id=file.case.id,
    )
    return file.transaction_id


async def test_mine_alone_are_there_the_newest_first_with_later_truth(
    service: Service, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    ada = await service.browser(await service.person(Role.ANALYST))
    bob = await service.browser(await service.person(Role.ANALYST))
    notes = [f"note {uuid4().hex}" for _ in range(3)]
    first = await decides(service, engine, ada, "fraud", notes[0])
    await decides(service, engine, ada, "legit", notes[1])
    await decides(service, engine, bob, "fraud", notes[2])
    await reported(engine, first, "legit")
    page = await shown(ada, "/my/decisions")
    assert page.index(notes[1]) < page.index(notes[0])
    assert notes[2] not in page
    assert page.count("not as you said") == 1, "the chargeback told another truth"
    assert page.count("chargeback") == 1
    for module in (lookup, own_decisions):
        monkeypatch.setattr(module, "OWN_PAGE", 1)
    page = await shown(ada, "/my/decisions")
    older = page.partition('id="older" href="')[2].partition('"')[0]
    assert notes[0] not in page
    page = await shown(ada, older)
    assert notes[0] in page
    assert notes[1] not in page
    assert 'id="older"' not in page
    others = await value(engine, "SELECT id FROM verdicts WHERE note = :note", note=notes[2])
    assert "There are no older ones." in await shown(ada, f"/my/decisions?before={others}")


async def test_what_is_escalated_and_open_is_told_without_its_truth(
    service: Service, engine: AsyncEngine
) -> None:
    ada = await service.browser(await service.person(Role.ANALYST))
    note = f"ask somebody {uuid4().hex}"
    transaction_id = await decides(service, engine, ada, "escalate", note)
    await reported(engine, transaction_id, "fraud")
    page = (await shown(ada, "/my/decisions")).partition(note)[2]
    assert page.count("not shown yet") == 2
    assert "chargeback" not in page


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN])
async def test_who_decides_nothing_has_no_such_page(service: Service, role: Role) -> None:
    async with await service.browser(await service.person(role)) as browser:
        assert (await browser.get("/my/decisions")).status_code == 403
        assert "/my/decisions" not in (await browser.get("/queue")).text


@pytest.mark.parametrize("before", ["0", "x", "-1", "9223372036854775808"])
async def test_odd_places_are_refused(service: Service, before: str) -> None:
    async with await service.browser(await service.person(Role.ANALYST)) as browser:
        assert (await browser.get(f"/my/decisions?before={before}")).status_code == 422


async def test_ones_own_verdict_confirms_nothing_and_a_correction_says_so() -> None:
    page = " ".join(unescape(OWN_PAGES["my decisions"]()).split())
    assert page.count("not as you said") == 2, "a report, and the verdict that replaced mine"
    assert "a correction" in page
    assert "replaced by a correction" in page
