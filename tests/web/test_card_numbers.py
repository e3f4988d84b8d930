"""No card number comes in by any door: refused by default, or masked before anything is kept of it."""

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.links.linked import linked
from app.database.server.session import connect, transaction
from app.review.access.people import Role
from app.review.card_numbers.masking import masked
from app.review.card_numbers.rule import NO_CARD_NUMBER
from tests.builders import ALL_UNKNOWN, csrf_token, rows, value, with_policy
from tests.conftest import a_service
from tests.databases import Databases
from tests.service import NOON, Service

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "of these tests alone, forty characters.."
CARD, GROUPED = "4000001234567899", "4000 0012-3456 7899"
FULL_WIDTH = CARD.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
#: Ends as the other does.
OTHER = "5206000000007899"
SPELLED = (CARD, GROUPED, FULL_WIDTH, "4000.0012.3456.7899")
BY_THE_FRAMEWORK = {"Content-Type": "application/vnd.bank+json"}


@pytest.fixture
def refusing(shared_service: Service) -> Service:
    return shared_service


@pytest.fixture(scope="module")
def masking_url(databases: Databases) -> Iterator[str]:
    with databases.lent() as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def masking(masking_url: str) -> AsyncIterator[Service]:
    async with a_service(masking_url, card_numbers="mask", card_number_key=KEY) as service:
        await with_policy(service, **ALL_UNKNOWN)
        yield service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(masking_url: str) -> AsyncIterator[AsyncEngine]:
    engine = connect(masking_url)
    yield engine
    await engine.dispose()


async def by_each_door(service: Service, body: dict[str, Any]) -> list[tuple[int, Any]]:
    """Send a payment in front of the framework, through it, and in batches; return what each was told."""
    body = orjson.loads(orjson.dumps(body))
    quick = await service.post(body)
    slow = await service.client.post(
        "/v1/transactions", content=orjson.dumps(body), headers=service.headers | BY_THE_FRAMEWORK
    )
    told = [(each.status_code, each.json()) for each in (quick, slow)]
    lines = service.headers | {"Content-Type": "application/x-ndjson"}
    for content, headers in (([body], service.headers), (body, lines)):
        answer = await service.client.post(
            "/v1/transactions/batch", content=json.dumps(content), headers=headers
        )
        (result,) = answer.json()["results"]
        told.append((result["status"], result.get("answer") or result["problem"]))
    return told


def holds(text: str) -> bool:
    return any(each in text for each in (*SPELLED, OTHER))


async def everything(engine: AsyncEngine) -> str:
    """Return all that the database holds, as text."""
    tables = await rows(engine, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    held = [await rows(engine, f'SELECT kept::text FROM "{name}" kept') for (name,) in tables]
    return "\n".join(line for table in held for (line,) in table)


@pytest.mark.parametrize("written", SPELLED)
async def test_by_default_a_payment_with_one_is_refused_at_every_door(
    refusing: Service, written: str
) -> None:
    body = refusing.body(attributes={"card": "•••• 7899", "note": f"paid by {written}."})
    for status, problem in await by_each_door(refusing, body):
        assert (status, problem["type"]) == (422, "urn:tertium:problem:invalid-transaction")
        assert problem["errors"] == [{"field": "attributes.note", "detail": NO_CARD_NUMBER}]
        assert not holds(json.dumps(problem, ensure_ascii=False))
    assert (await refusing.get(f"/v1/transactions/{body['transaction_id']}")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"transaction_id": CARD}, "transaction_id"), ({"attributes": {GROUPED: "a name"}}, "attributes")],
)
async def test_ids_and_names_hold_none_in_either_mode(
    refusing: Service, masking: Service, changes: dict[str, Any], field: str
) -> None:
    for service in (refusing, masking):
        for status, problem in await by_each_door(service, service.body(**changes)):
            assert (status, [each["field"] for each in problem["errors"]]) == (422, [field])
            assert not holds(json.dumps(problem))


@pytest.mark.parametrize(
    "changes",
    [{"features": {"V1": CARD}}, {"features": {CARD: 1.0}}, {"features": {"V1": int(CARD)}}, {CARD: 1}],
)
async def test_other_refusals_do_not_repeat_one_either(refusing: Service, changes: dict[str, Any]) -> None:
    for status, problem in await by_each_door(refusing, refusing.body(**changes)):
        assert status == 422
        assert not holds(json.dumps(problem))


async def test_where_they_are_masked_one_card_is_one_payment_at_every_door(masking: Service) -> None:
    body = masking.body()
    answers = [
        answer
        for written in SPELLED
        for answer in await by_each_door(masking, body | {"attributes": {"card": written}})
    ]
    assert {status for status, _ in answers} == {200}
    assert len({answer["decision_id"] for _, answer in answers}) == 1
    for status, problem in await by_each_door(masking, body | {"attributes": {"card": OTHER}}):
        assert (status, problem["type"]) == (409, "urn:tertium:problem:transaction-conflict")


async def test_masked_nothing_of_it_is_in_the_database(masking: Service, engine: AsyncEngine) -> None:
    body = masking.body(attributes={"card": CARD, "note": f"{GROUPED} and {OTHER}", "country": "BE"})
    for status, _ in await by_each_door(masking, body):
        assert status == 200
    await masking.services.payments.upkeep.index()
    kept = await value(
        engine,
        "SELECT attributes FROM transactions WHERE transaction_id = :id",
        id=body["transaction_id"],
    )
    key = KEY.encode()
    assert kept == {
        "card": masked(CARD, key),
        "note": f"{masked(CARD, key)} and {masked(OTHER, key)}",
        "country": "BE",
    }
    held = await everything(engine)
    assert kept["card"] in held
    assert not holds(held)


async def key_of(service: Service, engine: AsyncEngine, **attributes: str) -> int:
    """Post a payment with these attributes and return its key."""
    body = service.body(attributes=attributes)
    assert (await service.post(body)).status_code == 200
    key: int = await value(
        engine, "SELECT id FROM transactions WHERE transaction_id = :id", id=body["transaction_id"]
    )
    return key


@pytest.mark.parametrize("is_indexed", [False, True], ids=["at once", "by the index"])
async def test_payments_are_linked_by_the_card_and_not_by_its_last_four_digits(
    masking: Service, engine: AsyncEngine, is_indexed: bool
) -> None:
    card, other = ("4111111111111111", "5508000000001111") if is_indexed else (CARD, OTHER)
    first = await key_of(masking, engine, card=card)
    await key_of(masking, engine, card=other)
    await key_of(masking, engine, card=f"•••• {card[-4:]}")
    last = await key_of(masking, engine, card=" ".join((card[:4], card[4:8], card[8:12], card[12:])))
    if is_indexed:
        await masking.services.payments.upkeep.index()
    async with transaction(engine) as connection:
        found = await linked(connection, last, as_of=masking.services.clock())
    own = masked(card, KEY.encode())
    sharing = await rows(engine, "SELECT id FROM transactions WHERE attributes ->> 'card' = :own", own=own)
    assert first in {each.transaction_key for each in found.payments}
    assert {each.transaction_key for each in found.payments} == {key for (key,) in sharing} - {last}


async def test_a_card_is_searched_for_by_its_fingerprint(masking: Service, engine: AsyncEngine) -> None:
    for attribute in ("card", "note"):
        key = await key_of(masking, engine, **{attribute: "3782 822463 10005"})
        number = await value(engine, "SELECT transaction_id FROM transactions WHERE id = :key", key=key)
        async with await masking.browser(await masking.person(Role.AUDITOR)) as browser:
            page = await browser.get(f"/search?q={quote('378282246310005')}")
        assert page.status_code == 200
        assert number in page.text
        assert "378282246310005" not in page.text


async def test_where_none_are_kept_a_search_for_one_says_so(refusing: Service) -> None:
    async with await refusing.browser(await refusing.person(Role.AUDITOR)) as browser:
        page = await browser.get(f"/search?q={quote(GROUPED)}")
    assert page.status_code == 422
    assert "No card numbers are kept here" in page.text
    assert 'aria-describedby="q-problem"' in page.text
    assert not holds(page.text)


async def test_labels_hold_none(masking: Service) -> None:
    label = {"label": "fraud", "occurred_at": NOON.isoformat(), "learned_at": NOON.isoformat()}
    for field, changes in {
        "transaction_id": {"transaction_id": CARD, "source": "chargeback"},
        "source": {"transaction_id": "order-1", "source": f"bank {GROUPED}"},
    }.items():
        answer = await masking.client.post(
            "/v1/labels", json={"labels": [label | changes]}, headers=masking.headers
        )
        assert answer.status_code == 422
        assert answer.json()["errors"] == [{"field": f"labels.0.{field}", "detail": NO_CARD_NUMBER}]


@pytest_asyncio.fixture(loop_scope="module")
async def reviewing(masking: Service) -> AsyncIterator[httpx.AsyncClient]:
    await masking.post(masking.body(attributes={}))
    async with await masking.browser(await masking.person(Role.SENIOR)) as browser:
        assert "data-case-id" in (await browser.get("/review")).text
        yield browser


async def held_case(engine: AsyncEngine) -> tuple[int, str]:
    statement = "SELECT id, lease_token FROM cases WHERE lease_token IS NOT NULL ORDER BY lease_expires_at"
    case_id, token = (await rows(engine, statement))[-1]
    return case_id, str(token)


@pytest.mark.parametrize(
    ("move", "fields"),
    [
        ("verdict", {"judgement": "escalate", "note": f"asked about {GROUPED}"}),
        ("draft", {"note": CARD}),
        ("reassign", {"to": "nobody", "note": CARD}),
    ],
)
async def test_a_note_with_one_is_refused_and_comes_back_without_it(
    masking: Service, engine: AsyncEngine, reviewing: httpx.AsyncClient, move: str, fields: dict[str, str]
) -> None:
    case_id, token = await held_case(engine)
    sent = {"csrf_token": await csrf_token(masking, reviewing), "token": token}
    page = await reviewing.post(f"/review/{case_id}/{move}", data=sent | fields)
    assert page.status_code == 409
    assert "Card numbers may not be written here" in page.text
    assert not holds(page.text)
    if move != "draft":
        assert "•••• 7899" in page.text
    assert not holds(await everything(engine))


async def test_a_group_is_not_judged_with_one_in_the_note(masking: Service) -> None:
    browser = await masking.browser(await masking.person(Role.SENIOR))
    async with browser:
        page = await browser.post(
            f"/linked-cases/card/{urlsafe_b64encode(b'shared').decode()}",
            data={
                "csrf_token": await csrf_token(masking, browser),
                "judgement": "fraud",
                "reason": "other",
                "note": GROUPED,
                "confirmed": "true",
                "chosen": "1-1",
            },
        )
    assert page.status_code == 422
    assert "Card numbers may not be written here" in page.text
    assert not holds(page.text)


async def test_managers_and_administrators_write_none_either(refusing: Service) -> None:
    async with await refusing.browser(await refusing.person(Role.ADMIN)) as admin:
        person = await refusing.person(Role.ANALYST)
        page = await admin.post(
            f"/people/{person.id}/deactivate",
            data={"csrf_token": await csrf_token(refusing, admin), "reason": f"used {GROUPED}", "seen": "0"},
        )
        assert "Card numbers may not be written here" in page.text
        assert not holds(page.text)
