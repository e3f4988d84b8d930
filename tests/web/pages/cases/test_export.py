"""A case as a file: whole, harmless whatever the payment brought, the same twice, and noted."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from html.parser import HTMLParser
from math import inf, nextafter
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.server.session import transaction
from app.review.access.people import Role
from app.triage.labels import Listed
from app.web.pages.cases.export_content import written
from tests.builders import ALL_UNKNOWN, a_case, csrf_token, rows, value, with_policy
from tests.service import Service
from tests.web.pages.cases.test_finding import judge
from tests.workflows.payments.test_lists_at_intake import listed

HOSTILE = {
    "shop": "</script><script>alert(1)</script>",
    "note": "<!-- <script> --> ]]> \u2028",
    "motto": '"><img src=https://example.org/x onerror=alert(1)>',
    "style": "</style><style>@import 'https://example.org/x'</style>",
}
#: What is ticked in the form: nothing, or that what was said is to be in the file.
AS_IT_IS: Mapping[str, str] = {}
WITH_DISCUSSION = {"discussion": "true"}
texts = st.text(max_size=30) | st.sampled_from(list(HOSTILE.values()))


@given(st.dictionaries(texts, texts | st.lists(texts, max_size=3), max_size=5))
def test_content_is_read_as_it_was_and_holds_no_sign_of_html(content: dict[str, Any]) -> None:
    kept = written(content)
    assert json.loads(kept.text) == json.loads(
        json.dumps(content, ensure_ascii=False).encode(errors="replace").decode()
    )
    assert not set(kept.text) & set("<>&\u2028\u2029")
    assert kept.sha256 == sha256(kept.text.encode()).hexdigest()


class Elements(HTMLParser):
    """What a browser would make of a file: its elements, and the text of its data."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.data = ""
        self._is_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._is_data = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._is_data = self._is_data and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.data += data


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


async def take(
    service: Service,
    browser: httpx.AsyncClient,
    case: int | str,
    form: Mapping[str, str] = AS_IT_IS,
    **said: str,
) -> httpx.Response:
    """Ask for a file as the form of a case's page does."""
    form = {"csrf_token": await csrf_token(service, browser), **form}
    return await browser.post(f"/cases/{case}/export", data=form, headers=said)


def read(file: str) -> tuple[Elements, dict[str, Any]]:
    elements = Elements()
    elements.feed(file)
    content: dict[str, Any] = json.loads(elements.data)
    return elements, content


@pytest.mark.asyncio(loop_scope="module")
async def test_a_decided_case_leaves_as_a_file_that_explains_itself(
    service: Service, engine: AsyncEngine, ada: httpx.AsyncClient
) -> None:
    note = f"called the customer {uuid4().hex}"
    case_id = (await a_case(service, attributes={"card": "•••• 4711", **HOSTILE})).case.id
    assert (await take(service, ada, case_id)).status_code == 409
    assert "/export" not in (await ada.get(f"/cases/{case_id}")).text
    await judge(service, engine, case_id, note)
    assert f"/cases/{case_id}/export" in (await ada.get(f"/cases/{case_id}")).text
    answer = await take(service, ada, case_id)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="tertium-case-{case_id}.html"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"].split("; ")
    elements, content = read(answer.text)
    assert sha256(elements.data.encode()).hexdigest() in answer.text
    assert content["replay"]["is_exact"] is True
    assert content["replay"]["differences"] == []
    assert content["replay"]["stored"] == content["replay"]["again"]
    assert content["replay"]["inputs"]["features"]
    assert content["replay"]["policy"]["document"]["model_version"] == content["replay"]["model"]["version"]
    assert content["replay"]["model"]["sha256"]
    assert "to the last digit" in answer.text
    assert note in [event.get("words") for event in content["events"]]
    assert {each["value"] for each in content["payment"]["attributes"]} == {"•••• 4711", *HOSTILE.values()}
    assert "kind" not in content["case"]


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_of_a_file_runs_or_is_fetched_whatever_the_payment_brought(
    service: Service, margaret: httpx.AsyncClient
) -> None:
    case_id = (await a_case(service, attributes=HOSTILE)).case.id
    answer = await take(service, margaret, case_id)
    elements, _ = read(answer.text)
    scripts = [given for tag, given in elements.found if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "content"}]
    tags = {tag for tag, _ in elements.found}
    assert not tags & {"img", "link", "iframe", "object", "form", "a", "base"}
    assert [tag for tag, _ in elements.found].count("style") == 1
    names = {name for _, given in elements.found for name in given}
    assert not names & {"src", "href", "style", "srcset", "action"}
    assert not [name for name in names if name.startswith("on")]


@pytest.mark.asyncio(loop_scope="module")
async def test_the_same_case_has_the_same_fingerprint_and_each_taker_is_noted_once(
    service: Service, engine: AsyncEngine, ada: httpx.AsyncClient, margaret: httpx.AsyncClient
) -> None:
    case_id = (await a_case(service)).case.id
    await judge(service, engine, case_id, "sure")
    files = [(await take(service, browser, case_id)).text for browser in (ada, ada)]
    prints = {re.search(r'id="sha256">([0-9a-f]{64})<', file)[1] for file in files}  # type: ignore[index]
    assert len(prints) == 1
    await take(service, margaret, case_id)
    noted = await rows(
        engine, "SELECT account_id FROM case_exports WHERE case_id = :id ORDER BY exported_at", id=case_id
    )
    assert len(noted) == 2
    page = (await ada.get(f"/cases/{case_id}")).text
    assert page.count("Exported by") == 2


@pytest.mark.asyncio(loop_scope="module")
async def test_who_judges_hears_of_no_export_while_a_case_is_open(
    service: Service, ada: httpx.AsyncClient, margaret: httpx.AsyncClient
) -> None:
    case_id = (await a_case(service)).case.id
    assert (await take(service, margaret, case_id)).status_code == 200
    assert "Exported by" in (await margaret.get(f"/cases/{case_id}")).text
    assert "Exported by" not in (await ada.get(f"/cases/{case_id}")).text


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", ["0", "x", "987654321"])
async def test_a_case_that_is_none_is_no_file(service: Service, ada: httpx.AsyncClient, case: str) -> None:
    assert (await take(service, ada, case)).status_code in {404, 422}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("effect", [Listed.ALLOW, Listed.BLOCK])
async def test_what_a_list_decided_comes_out_the_same(
    service: Service, margaret: httpx.AsyncClient, effect: Listed
) -> None:
    """Red where the lists are asked today, or not at all: what they said then is a part of the decision."""
    device = f"d-{uuid4().hex[:12]}"
    await with_policy(service, **ALL_UNKNOWN, audit_share_approved=1.0, audit_share_declined=1.0)
    try:
        entry = await listed(service, effect, value=device)
        file = await a_case(service, attributes={"device": device})
        lists = service.services.cases.entity_lists
        await lists.end(await service.person(Role.MANAGER), entry.entry.id, "it was a mistake")
    finally:
        await with_policy(service, **ALL_UNKNOWN)
    answer = await take(service, margaret, file.case.id)
    _, content = read(answer.text)
    assert content["replay"]["stored"]["reason"] == {"allow": "allowed", "block": "blocked"}[effect]
    assert content["replay"]["is_exact"] is True, content["replay"]["differences"]
    assert content["replay"]["inputs"]["listed"] == effect
    assert content["decisions"][0]["listed"] == effect


@pytest.mark.asyncio(loop_scope="module")
async def test_a_stored_score_that_no_model_gives_comes_out_otherwise(
    service: Service, engine: AsyncEngine, margaret: httpx.AsyncClient
) -> None:
    """A decision is not called exact because nobody compared it: here the stored one was tampered with."""
    file = await a_case(service)
    assert file.score is not None
    was = file.score["spread"]
    assert was is not None
    async with transaction(engine) as connection:
        # What was decided never changes otherwise.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            text("UPDATE payments SET spread = :spread WHERE id = :key"),
            {"spread": nextafter(was, inf), "key": file.case.transaction_key},
        )
    answer = await take(service, margaret, file.case.id)
    _, content = read(answer.text)
    assert content["replay"]["is_exact"] is False
    assert content["replay"]["differences"] == [
        {"name": "spread", "stored": repr(nextafter(was, inf)), "again": repr(was)}
    ]
    assert "It comes out otherwise." in answer.text


@pytest.mark.asyncio(loop_scope="module")
async def test_what_was_said_and_put_to_a_case_leaves_with_it_where_that_is_asked_for_but_for_bytes(
    service: Service, engine: AsyncEngine, ada: httpx.AsyncClient, margaret: httpx.AsyncClient
) -> None:
    case_id = (await a_case(service)).case.id
    colleague, content = await service.person(Role.ANALYST), b"shop;</script>\n"
    discussions = service.services.cases.discussions
    await discussions.say(colleague, case_id, uuid4(), "he called </script> twice")
    await discussions.attach_file(colleague, case_id, uuid4(), name="calls.csv", content=content)
    await discussions.attach_address(colleague, case_id, uuid4(), "https://bank.example/calls/7")
    assert (await take(service, ada, case_id)).status_code == 409
    await judge(service, engine, case_id, "sure")
    for browser in (ada, margaret):
        left_out = await take(service, browser, case_id)
        assert read(left_out.text)[1]["discussion"] is None
        assert not any(each in left_out.text for each in ("he called", "calls.csv", "bank.example"))
        assert "Left out of this file" in left_out.text
        assert "sure" in left_out.text, "a verdict's note is a part of it"
        answer = await take(service, browser, case_id, WITH_DISCUSSION)
        _, told = read(answer.text)
        (comment,) = told["discussion"]["comments"]
        assert (comment["who"], comment["words"]) == (colleague.display_name, "he called </script> twice")
        file, address = told["discussion"]["attachments"]
        assert file | {"at": None} == {
            "at": None, "who": colleague.display_name, "address": None, "name": "calls.csv", "media": "text",
            "size_bytes": len(content), "sha256": sha256(content).hexdigest(),
        }  # fmt: skip
        assert (address["address"], address["sha256"]) == ("https://bank.example/calls/7", None)
        assert answer.text.count(sha256(content).hexdigest()) == 2
        assert f"{len(content)} bytes" in answer.text


@pytest.mark.asyncio(loop_scope="module")
async def test_a_file_is_the_same_whatever_its_taker_reads(
    service: Service, engine: AsyncEngine, ada: httpx.AsyncClient
) -> None:
    case_id = (await a_case(service, attributes={"card": "•••• 4711"})).case.id
    await judge(service, engine, case_id, "sure")
    english, german = [
        (await take(service, ada, case_id, AS_IT_IS, **{"Accept-Language": language})).text
        for language in ("en", "de")
    ]
    at = re.compile(r"Exported by [^.]*\.")
    assert at.sub("", german) == at.sub("", english)


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_leaves_and_nothing_is_noted_but_by_the_form(
    service: Service, engine: AsyncEngine, margaret: httpx.AsyncClient
) -> None:
    """Red with an address to follow: a browser that looks ahead, or asks for the head alone, was noted."""
    case_id = (await a_case(service)).case.id
    address = f"/cases/{case_id}/export"
    for method in ("GET", "HEAD"):
        assert (await margaret.request(method, address)).status_code == 405
    assert (await margaret.post(address)).status_code == 403
    several = "SELECT count(*) FROM case_exports WHERE case_id = :id"
    assert await value(engine, several, id=case_id) == 0
    assert (await take(service, margaret, case_id)).status_code == 200
    assert await value(engine, several, id=case_id) == 1


@pytest.mark.asyncio(loop_scope="module")
async def test_a_file_says_to_whom_a_case_was_assigned_and_how_long_it_waited(
    service: Service, margaret: httpx.AsyncClient
) -> None:
    case_id, cases = (await a_case(service)).case.id, service.services.cases
    lin, senior = await service.person(Role.ANALYST), await service.person(Role.SENIOR)
    await cases.assigning.assign(senior, case_id, to=lin.name, reason="knows the shop")
    lease = (await cases.claims.take(lin, case_id)).case.lease
    assert lease is not None
    until = cases.claims.clock() + timedelta(hours=2)
    await cases.waiting.wait(lin, case_id, lease.token, until=until, reason="asked by mail")
    events = read((await take(service, margaret, case_id)).text)[1]["events"]
    told = {event["what"]: event for event in events}
    assert told["assigned"]["whom"] == lin.display_name
    assert told["waits"]["until"] == until.isoformat()
