"""Letting another version decide, by forms: what changes is shown, a reason asked for, and once is once."""

import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from tests.builders import approved, csrf_token, rows, simulated, value
from tests.service import Service
from tests.web.pages.submitting import submitted

pytestmark = pytest.mark.asyncio(loop_scope="module")

LAST = (
    "SELECT e.policy_id, e.state, e.details ->> 'reason', a.name FROM policy_events e"
    " JOIN accounts a ON a.id = e.account_id ORDER BY e.id DESC LIMIT 1"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def grace(shared_service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with await shared_service.browser(await shared_service.person(Role.MANAGER, "grace")) as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def barbara(shared_service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with await shared_service.browser(await shared_service.person(Role.MANAGER, "barbara")) as browser:
        yield browser


def fields_of(page: httpx.Response) -> dict[str, str]:
    """Return what the page's form sends by itself."""
    assert page.status_code in {200, 409, 422}, page.text
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
    return {name: unescape(told) for name, told in found}


async def a_signed_version(service: Service, **changes: float) -> int:
    policy_id = await simulated(service, **({"approve_at_most": -9.75} | changes))
    await approved(service, policy_id)
    return policy_id


async def test_what_would_change_is_shown_and_a_reason_asked_for(
    shared_service: Service, grace: httpx.AsyncClient, shared_engine: AsyncEngine
) -> None:
    active = shared_service.services.models.serving.pair.policy_id
    policy_id = await a_signed_version(shared_service)
    address = f"/thresholds/versions/{policy_id}/activate"
    page = await grace.get(address)
    assert "9.75" in page.text
    assert "Manual review" in page.text
    assert (fields_of(page)["from"], fields_of(page)["state"]) == (str(active), "approved")
    assert await value(shared_engine, "SELECT policy_id FROM active_policy") == active
    silent = await grace.post(address, data=fields_of(page) | {"reason": "  "})
    assert silent.status_code == 422
    assert "Say why" in silent.text
    assert await value(shared_engine, "SELECT policy_id FROM active_policy") == active
    done = await grace.post(address, data=fields_of(page) | {"reason": "Fewer misses."})
    assert (done.status_code, done.headers["Location"]) == (303, f"/thresholds?activated={policy_id}")
    assert await rows(shared_engine, LAST) == [(policy_id, "active", "Fewer misses.", "grace")]
    history = await grace.get("/thresholds/history")
    assert "Fewer misses." in history.text


async def test_of_two_who_saw_the_same_page_the_second_reads_who_was_first(
    shared_service: Service,
    grace: httpx.AsyncClient,
    barbara: httpx.AsyncClient,
    shared_engine: AsyncEngine,
) -> None:
    """Both see `Roll back to 1`: pressed by both, the second one would bring the bad version back."""
    await a_signed_version(shared_service)
    bad = await a_signed_version(shared_service, approve_at_most=-3.0)
    before = shared_service.services.models.serving.pair.policy_id
    asked = await grace.get(f"/thresholds/versions/{bad}/activate")
    typed = fields_of(asked) | {"reason": "Let us try.", "answer.superseded": "We agreed."}
    assert (await grace.post(f"/thresholds/versions/{bad}/activate", data=typed)).status_code == 303
    seen = [await browser.get("/thresholds/rollback") for browser in (grace, barbara)]
    assert all(fields_of(page)["to"] == str(before) for page in seen)
    first = await grace.post("/thresholds/rollback", data=fields_of(seen[0]) | {"reason": "Too many misses."})
    assert first.status_code == 303
    second = await barbara.post("/thresholds/rollback", data=fields_of(seen[1]) | {"reason": "The same."})
    assert second.status_code == 409
    assert f"Grace rolled back to version {before}" in second.text
    assert await rows(shared_engine, LAST) == [(before, "active", "Too many misses.", "grace")]


@pytest.mark.parametrize(
    "move", ["approve", "shadow", "end-shadow", "unschedule", "retire", "activate", "schedule", "rollback"]
)
async def test_no_form_moves_a_version_without_what_was_seen(
    shared_service: Service, grace: httpx.AsyncClient, shared_engine: AsyncEngine, move: str
) -> None:
    policy_id = await a_signed_version(shared_service)
    before = await value(shared_engine, "SELECT count(*) FROM policy_events")
    address = "/thresholds/rollback" if move == "rollback" else f"/thresholds/versions/{policy_id}/{move}"
    typed = {
        "csrf_token": await csrf_token(shared_service, grace),
        "reason": "It is a test.",
        "simulation_id": "1",
        "at": "2190-01-01T00:00",
        "to": "1",
    }
    assert (await grace.post(address, data=typed)).status_code == 422
    stale = await grace.post(address, data=typed | {"from": str(policy_id)})
    assert stale.status_code == 409
    assert "since you looked" in stale.text
    assert await value(shared_engine, "SELECT count(*) FROM policy_events") == before


async def test_a_schedule_says_why_and_its_past_moment_is_asked_for_again(
    shared_service: Service, barbara: httpx.AsyncClient, shared_engine: AsyncEngine
) -> None:
    policy_id = await a_signed_version(shared_service)
    typed = fields_of(await barbara.get(f"/thresholds/versions/{policy_id}/activate"))
    typed |= {"reason": "On Monday.", "at": "2020-01-01T00:00"}
    address = f"/thresholds/versions/{policy_id}/schedule"
    past = await barbara.post(address, data=typed)
    assert past.status_code == 409
    assert "On Monday." in past.text
    assert (await barbara.post(address, data=typed | {"at": "2190-01-01T00:00"})).status_code == 303
    assert await rows(shared_engine, LAST) == [(policy_id, "scheduled", "On Monday.", "barbara")]


TOO_LONG = ("a" * 1001, "At most 1000 characters, not 1001.")
UNSEEN = ("Fine.\x00", "There is a character in it that nobody can see")


@pytest.mark.parametrize(("sentence", "says"), [TOO_LONG, UNSEEN])
@pytest.mark.parametrize("move", ["activate", "schedule", "rollback", "approve"])
async def test_what_is_typed_with_a_move_is_kept_whole_or_asked_for_again(
    shared_service: Service,
    grace: httpx.AsyncClient,
    shared_engine: AsyncEngine,
    move: str,
    sentence: str,
    says: str,
) -> None:
    """An answer was cut after 1,000 characters, and the rest of it was lost without a word."""
    policy_id = await a_signed_version(shared_service)
    before = await value(shared_engine, "SELECT count(*) FROM policy_events")
    active = shared_service.services.models.serving.pair.policy_id
    typed = {
        "csrf_token": await csrf_token(shared_service, grace),
        "from": str(active),
        "simulation_id": "1",
        "to": str(policy_id),
        "at": "2190-01-01T00:00",
        "reason": sentence,
        "answer.superseded": sentence,
    }
    address = f"/thresholds/versions/{policy_id}/{move}"
    refused = await grace.post("/thresholds/rollback" if move == "rollback" else address, data=typed)
    assert refused.status_code == 422
    assert says in refused.text
    assert await value(shared_engine, "SELECT count(*) FROM policy_events") == before


async def test_a_reason_of_full_length_in_several_lines_is_kept_as_it_was_typed(
    shared_service: Service, grace: httpx.AsyncClient, shared_engine: AsyncEngine
) -> None:
    """Browsers count a line end once and send it as two characters."""
    policy_id = await a_signed_version(shared_service)
    address = f"/thresholds/versions/{policy_id}/activate"
    reason = "\n".join(["a" * 99] * 10)
    typed = fields_of(await grace.get(address)) | {"answer.superseded": "We agreed."}
    done = await grace.post(address, data=typed | {"reason": reason.replace("\n", "\r\n")})
    assert done.status_code == 303
    assert (await rows(shared_engine, LAST))[0][2] == reason


@pytest.mark.parametrize("name", ['"a\\u0000b"', '"a\\ud800b"'])
async def test_a_model_whose_name_nothing_can_hold_is_as_unknown_as_any_other(
    grace: httpx.AsyncClient, name: str
) -> None:
    page = await grace.get("/thresholds")
    answer = await grace.post(
        "/thresholds/simulate", data=dict(submitted(page.text)) | {"model_version": name}
    )
    assert answer.status_code == 422
    assert "is known here" in answer.text


async def test_a_list_that_cannot_be_finished_answers_with_what_is_wrong(grace: httpx.AsyncClient) -> None:
    """An unknown model was found out after the first byte: 200, then a broken file."""
    page = await grace.get("/thresholds")
    form = dict(submitted(page.text))
    answer = await grace.post("/thresholds/changes.csv", data=form | {"model_version": "nobody-knows"})
    assert answer.status_code == 422
    assert "o model nobody-knows is known here" in answer.text
    assert "text/csv" not in answer.headers["Content-Type"]
