"""The operations page over HTTP: who sees it, what its numbers open, its files, and releasing a case."""

import csv
import re
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.server.place import utc_now
from app.review.access.people import Role
from tests.builders import csrf_token, rows, value
from tests.operations_builders import OperationsTables
from tests.service import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")
SEES = {Role.SENIOR, Role.MANAGER, Role.AUDITOR}
TAKES_BACK = {Role.SENIOR, Role.MANAGER}


@pytest.fixture
def service(shared_service: Service) -> Service:
    return shared_service


@pytest.fixture
def tables(shared_engine: AsyncEngine, service: Service) -> OperationsTables:
    del service
    return OperationsTables(engine=shared_engine)


async def seen_anew(service: Service, browser: httpx.AsyncClient) -> str:
    """Return the operations page as it is now, not as it was two seconds ago."""
    service.services.operations.queue_monitor.forget()
    service.services.operations.queue_monitor._depth.due_at = 0
    answer = await browser.get("/operations")
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
@pytest.mark.parametrize(
    "path", ["/operations", "/operations.csv", "/operations/cases", "/operations/cases.csv"]
)
async def test_the_operations_page_is_for_supervisors_and_auditors(
    service: Service, role: Role, path: str
) -> None:
    browser = await service.browser(await service.person(role))
    assert (await browser.get(path)).status_code == (200 if role in SEES else 403)
    stranger = await service.client.get(path)
    assert (stranger.status_code, stranger.headers["Location"]) == (303, f"/login?next={path}")


async def test_every_number_of_the_page_opens_a_list_that_answers(
    service: Service, tables: OperationsTables
) -> None:
    ada = await tables.person("Ada")
    await tables.hold(await tables.case(opened_at=utc_now()), ada, claimed_at=utc_now())
    await tables.judged(ada, at=utc_now())
    browser = await service.browser(await service.person(Role.MANAGER))
    page = await seen_anew(service, browser)
    addresses = {
        address.replace("&amp;", "&") for address in re.findall(r'href="(/operations/cases[^"]*)"', page)
    }
    named = {name for address in addresses for name in parse_qs(urlsplit(address).query)}
    assert named == {"cause", "age", "priority", "service", "holder", "judged_by", "opened", "ended"} | (
        {"state"} if "state=" in page else set()
    )
    for address in addresses:
        answer = await browser.get(address)
        assert answer.status_code == 200, address


async def test_a_number_is_how_many_cases_its_list_holds(service: Service, tables: OperationsTables) -> None:
    for _ in range(3):
        await tables.case(opened_at=utc_now(), reason="contested")
    browser = await service.browser(await service.person(Role.AUDITOR))
    page = await seen_anew(service, browser)
    found = re.search(r'href="(/operations/cases\?cause=contested&amp;age=quarter)">(\d+)<', page)
    assert found is not None
    file = await browser.get(found[1].replace("&amp;", "&").replace("/cases?", "/cases.csv?"))
    assert len(list(csv.reader(StringIO(file.text)))) - 1 == int(found[2]) == 3


async def test_a_list_goes_on_where_its_page_ended(service: Service, tables: OperationsTables) -> None:
    made = {await tables.case(reason="passes_disagree", priority_key=number % 7) for number in range(120)}
    browser = await service.browser(await service.person(Role.MANAGER))
    address, found = "/operations/cases?cause=passes_disagree", []
    for shown in (50, 50, 20):
        page = (await browser.get(address)).text
        numbers = re.findall(r'<a href="/cases/[0-9]+">([^<]+)</a>', page)
        assert len(numbers) == shown
        found += [int(re.sub(r"\D", "", number)) for number in numbers]
        more = re.search(r'id="more"\s+href="([^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert address == ""
    assert set(found) == made


async def test_no_client_writes_a_formula_into_a_supervisors_sheet(
    service: Service, tables: OperationsTables
) -> None:
    for number, name in enumerate(("=1+1", "+1", "-1", "@SUM(A1)", "\t=1")):
        await tables.case(reason="unfamiliar", name=name, priority_key=-number)
    await tables.hold(
        await tables.case(opened_at=utc_now()), await tables.person("=cmd()"), claimed_at=utc_now()
    )
    browser = await service.browser(await service.person(Role.MANAGER))
    answer = await browser.get("/operations/cases.csv?cause=unfamiliar")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="cases.csv"'
    told = [row["transaction_id"] for row in csv.DictReader(StringIO(answer.text))]
    assert told == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1"]
    await seen_anew(service, browser)
    numbers = list(csv.reader(StringIO((await browser.get("/operations.csv")).text)))
    assert any(cells[1] == "'=cmd()" for cells in numbers)
    assert not any(cell.startswith(("=", "+", "@")) for cells in numbers for cell in cells)


async def test_a_check_cannot_be_told_from_another_in_a_list(
    service: Service, tables: OperationsTables
) -> None:
    audit = await tables.case(reason="evidence_legit", kind="audit")
    browser = await service.browser(await service.person(Role.SENIOR))
    file = (await browser.get("/operations/cases.csv?cause=checked")).text.removeprefix("\ufeff")
    (row,) = [row for row in csv.DictReader(StringIO(file)) if row["case"] == str(audit)]
    assert row["cause"] == "checked"
    assert "audit" not in file
    page = (await browser.get("/operations/cases?cause=checked")).text
    assert "evidence_legit" not in page
    assert "Blind review" in page


@pytest.mark.parametrize(
    "query",
    [
        "age=ancient", "cause=none", "state=gone", "holder=0", "holder=9223372036854775808",
        "opened=yesterday", "opened=0001-01-01T00:00:00Z", "ended=9999-12-31T23:30:00Z", "judged_by=x",
    ],
)  # fmt: skip
async def test_conditions_nobody_can_mean_are_refused_in_a_sentence(service: Service, query: str) -> None:
    browser = await service.browser(await service.person(Role.MANAGER))
    for path in ("/operations/cases", "/operations/cases.csv"):
        answer = await browser.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "place", ["", "x", "1.0_", "_5", "nan_1", "inf_1", "1e999_7", "1_99999999999999999999", "1_-4",
              "2026-05-01T12:00:00+00:00_3", "0001-01-01T00:00:00+14:00_3", "1.5_2"],
)  # fmt: skip
async def test_a_place_that_says_nothing_is_a_lists_beginning(service: Service, place: str) -> None:
    browser = await service.browser(await service.person(Role.MANAGER))
    for query in ("", "opened=2026-05-01T12:00:00", "ended=2026-05-01T12:00:00Z"):
        answer = await browser.get("/operations/cases", params=f"after={place.replace('+', '%2B')}&{query}")
        assert answer.status_code == 200, answer.text


async def test_a_supervisor_takes_a_case_back_with_a_reason(
    service: Service, tables: OperationsTables, shared_engine: AsyncEngine
) -> None:
    case_id = await tables.case(opened_at=utc_now())
    token = await tables.hold(case_id, await tables.person("Ada"), claimed_at=utc_now())
    browser = await service.browser(await service.person(Role.SENIOR))
    address = f"/operations/cases/{case_id}/release"
    page = (await browser.get(address)).text
    assert "Ada" in page
    assert str(token) not in page
    fields = {"csrf_token": await csrf_token(service, browser), "mark": _mark(page), "reason": " lunch "}
    for empty in ("", "   "):
        assert (await browser.post(address, data=fields | {"reason": empty})).status_code == 422
    answer = await browser.post(address, data=fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/operations?released={case_id}")
    ended = await rows(shared_engine, f"SELECT how, reason FROM claim_ends WHERE token = '{token}'")
    assert ended == [("taken_back", "lunch")]
    assert "is back in the queue" in (await browser.get(answer.headers["Location"])).text
    again = await browser.post(address, data=fields)
    assert again.status_code == 409
    assert "another hold than the one you looked at" in again.text
    assert "Nobody has this case reserved now" in again.text


@pytest.mark.parametrize("role", [role for role in Role if role not in {*TAKES_BACK, Role.SYSTEM}])
async def test_nobody_else_takes_a_case_back_or_is_offered_to(
    service: Service, tables: OperationsTables, shared_engine: AsyncEngine, role: Role
) -> None:
    case_id = await tables.case(opened_at=utc_now())
    await tables.hold(case_id, await tables.person("Ada"), claimed_at=utc_now())
    browser = await service.browser(await service.person(role))
    address = f"/operations/cases/{case_id}/release"
    fields = {"csrf_token": await csrf_token(service, browser), "mark": "0" * 16, "reason": "mine"}
    assert (await browser.get(address)).status_code == 403
    assert (await browser.post(address, data=fields)).status_code == 403
    holder = await value(shared_engine, f"SELECT holder_id FROM cases WHERE id = {case_id}")
    assert holder is not None
    if role in SEES:
        assert "/release" not in await seen_anew(service, browser)


async def test_when_all_seats_are_taken_the_stream_says_come_back(service: Service) -> None:
    browser = await service.browser(await service.person(Role.MANAGER))
    service.services.operations.queue_monitor._watchers, before = (
        10**6,
        service.services.operations.queue_monitor._watchers,
    )
    try:
        answer = await browser.get("/operations/events")
    finally:
        service.services.operations.queue_monitor._watchers = before
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"


async def test_the_stream_is_for_those_who_see_operations(service: Service) -> None:
    analyst = await service.browser(await service.person(Role.ANALYST))
    assert (await analyst.get("/operations/events")).status_code == 403
    assert (await service.client.get("/operations/events")).status_code == 303
    assert service.services.operations.queue_monitor.watchers == 0


def _mark(page: str) -> str:
    found = re.search(r'name="mark"\s+value="([^"]+)"', page)
    assert found is not None
    return found[1]
