"""Policy versions as programs read them: who may, what a version holds, what changed, what a shadow said."""

import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from app.review.access.people import Role
from tests.builders import csrf_token
from tests.service import Service
from tests.web.api.policies.policy_calls import (
    BEYOND,
    POLICIES,
    Caller,
    Document,
    a_caller,
    active,
    document,
    fields,
    refused,
    told,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: Everything that can be read, and everything that can be asked for.
READS = ("", "/active", "/history", "/1", "/1/document", "/1/diff/1", "/1/shadow")
TRIALS = ("/simulate", "/propose", "/curves", "/changed")
MOVES = (
    *("", "/rollback", "/1/simulate", "/1/shadow", "/1/end-shadow", "/1/approve"),
    *("/1/activate", "/1/unschedule", "/1/retire"),
)
READERS = (Role.MANAGER, Role.AUDITOR, Role.ADMIN)
EMPTY = {"window_empty": "It is a test.", "window_short": "It is a test."}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One who reads, one who keeps, and a version that was kept beside the first one."""

    auditor: Caller
    manager: Caller
    version: Document


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kept(shared_service: Service) -> AsyncIterator[Kept]:
    """Return a draft with a bound moved, a gate taken out and a band put in."""
    manager = await a_caller(shared_service, Role.MANAGER, "grace")
    band = {"amount_from": 500.0, "approve_at_most": -14.0, "decline_at_least": 2.5}
    changes: Document = {"approve_at_most": -9.0, "novelty_at_most": None, "bands": [band]}
    body = {
        "document": await document(manager, **changes),
        "reason": "Large amounts \u2013 and quiet ones.",
        "answers": EMPTY,
    }
    version = told(await manager.post("", body), 201)
    auditor = await a_caller(shared_service, Role.AUDITOR)
    yield Kept(auditor=auditor, manager=manager, version=version)


@pytest.mark.parametrize("path", READS)
async def test_whoever_shows_no_token_reads_nothing(shared_service: Service, path: str) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer tertium_pat_unknown"},
        {"Authorization": "Basic Z3JhY2U6"},
        shared_service.headers,
    ):
        answer = await shared_service.client.get(f"{POLICIES}{path}", headers=headers)
        refused(answer, 401, "token-unknown")


@pytest.mark.parametrize("path", TRIALS + MOVES)
async def test_whoever_shows_no_token_tries_and_moves_nothing(shared_service: Service, path: str) -> None:
    answer = await shared_service.client.post(f"{POLICIES}{path}", json={})
    refused(answer, 401, "token-unknown")


async def test_a_revoked_token_opens_nothing(shared_service: Service) -> None:
    caller = await a_caller(shared_service, Role.MANAGER)
    await active(caller)
    await shared_service.services.access.accounts.revoke_access_tokens(caller.account.name, "a test")
    refused(await caller.get("/active"), 401, "token-unknown")


@pytest.mark.parametrize("role", READERS)
async def test_readers_read_everything(shared_service: Service, role: Role) -> None:
    caller = await a_caller(shared_service, role)
    for path in READS:
        told(await caller.get(path))


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SENIOR])
async def test_analysts_read_and_try_nothing(shared_service: Service, role: Role) -> None:
    caller = await a_caller(shared_service, role)
    for path in READS:
        refused(await caller.get(path), 403, "not-allowed")
    for path in TRIALS:
        refused(await caller.post(path), 403, "not-allowed")


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.MANAGER, Role.SYSTEM}])
async def test_only_managers_keep_and_move_versions(shared_service: Service, role: Role) -> None:
    caller = await a_caller(shared_service, role)
    for path in MOVES:
        refused(await caller.post(path), 403, "not-allowed")


async def test_a_managers_browser_reads_as_it_is_and_moves_with_its_own_proof(
    shared_service: Service,
) -> None:
    browser = await shared_service.browser(await shared_service.person(Role.MANAGER))
    async with browser:
        assert told(await browser.get(f"{POLICIES}/active"))["state"] == "active"
        refused(await browser.post(f"{POLICIES}/rollback"), 403, "form-forged")
        proof = {"X-CSRF-Token": await csrf_token(shared_service, browser)}
        active_id = told(await browser.get(f"{POLICIES}/active"))["id"]
        body = {"from": active_id, "reason": "It is a test."}
        answer = await browser.post(f"{POLICIES}/rollback", headers=proof, json=body)
        refused(answer, 409, "nothing-to-roll-back-to")


async def test_the_first_version_decides_as_it_was_shipped(kept: Kept, shared_service: Service) -> None:
    version = await active(kept.auditor)
    pair = shared_service.services.models.serving.pair
    assert (version["id"], version["state"], version["parent_id"]) == (pair.policy_id, "active", None)
    assert version["document"]["model_version"] == pair.model.version
    assert version["document"]["approve_at_most"] == pair.policy.approve_at_most
    assert version["certificate"]["is_certified"] is True
    assert (version["certificate"]["miss_rate_at_most"], version["warnings"]) == (0.15, [])
    assert version["newest_simulation"] is None
    assert version["approved_by"] != version["author"]


async def test_a_version_is_read_with_why_by_whom_and_what_it_would_have_done(kept: Kept) -> None:
    version = told(await kept.auditor.get(f"/{kept.version['id']}"))
    assert version == kept.version
    assert (version["state"], version["author"]) == ("simulated", "Grace")
    assert version["reason"] == "Large amounts \u2013 and quiet ones."
    assert (version["approved_by"], version["approved_at"], version["activates_at"]) == (None, None, None)
    simulation = version["newest_simulation"]
    assert (simulation["computed_by"], simulation["transactions"]) == ("Grace", 0)
    assert simulation["statement"]["sentences"] != []


async def test_versions_are_listed_newest_first_page_by_page(kept: Kept) -> None:
    whole = told(await kept.auditor.get())
    ids = [version["id"] for version in whole["policies"]]
    assert (ids[-2:], whole["next_before"]) == ([kept.version["id"], 1], None)
    first = told(await kept.auditor.get(limit=1))
    assert (first["policies"], first["next_before"]) == (whole["policies"][:1], ids[0])
    rest = told(await kept.auditor.get(limit=len(ids) - 1, before=first["next_before"]))
    assert (rest["policies"], rest["next_before"]) == (whole["policies"][1:], None)
    assert told(await kept.auditor.get(before=1)) == {"policies": [], "next_before": None}


async def test_history_tells_each_move_with_who_made_it_and_what_it_changed(kept: Kept) -> None:
    events = told(await kept.auditor.get("/history", policy_id=kept.version["id"]))["events"]
    assert [(event["state"], event["account"]) for event in events] == [
        ("simulated", "Grace"),
        ("draft", "Grace"),
    ]
    changed = {each["field"]: each["after"] for each in events[0]["differences"]}
    assert (changed["approve_at_most"], changed["novelty_at_most"]) == (-9.0, None)
    assert {event["reason"] for event in events} == {kept.version["reason"]}


async def test_history_is_read_page_by_page_to_the_end(kept: Kept) -> None:
    whole = told(await kept.auditor.get("/history"))["events"]
    read: list[Document] = []
    before: Document = {}
    while True:
        page = told(await kept.auditor.get("/history", limit=2, **before))
        read += page["events"]
        if page["next_before"] is None:
            break
        before = {"before": page["next_before"]}
    assert read == whole
    assert [event["id"] for event in whole] == sorted((event["id"] for event in whole), reverse=True)


async def test_a_document_that_was_downloaded_makes_the_same_policy_again(kept: Kept) -> None:
    path = f"/{kept.version['id']}/document"
    downloaded = told(await kept.auditor.get(path))
    in_toml = tomllib.loads((await kept.auditor.get(path, format="toml")).text)
    for sent in (downloaded, in_toml):
        body = {"document": sent, "reason": "Once more.", "answers": EMPTY}
        again = told(await kept.manager.post("", body), 201)
        assert again["document"] == downloaded == kept.version["document"]
        between = told(await kept.auditor.get(f"/{kept.version['id']}/diff/{again['id']}"))
        assert between["differences"] == []
        told(await kept.manager.post(f"/{again['id']}/retire", {"from": again["parent_id"]}))


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({}, "application/json"),
        ({"format": "json"}, "application/json"),
        ({"format": "json", "accept": "application/toml"}, "application/json"),
        ({"format": "toml"}, "application/toml"),
        ({"accept": "application/toml"}, "application/toml"),
        ({"accept": "text/html, application/json"}, "application/json"),
    ],
    ids=str,
)
async def test_a_document_comes_as_it_is_asked_for(kept: Kept, asked: dict[str, Any], kind: str) -> None:
    answer = await kept.auditor.get("/1/document", **asked)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] == kind
    if kind == "application/toml":
        assert answer.text.startswith("# A policy of Tertium.")


async def test_a_diff_names_every_value_that_is_not_the_same_and_turns_around(kept: Kept) -> None:
    forth = told(await kept.auditor.get(f"/1/diff/{kept.version['id']}"))
    back = told(await kept.auditor.get(f"/{kept.version['id']}/diff/1"))
    assert (forth["before"], forth["after"]) == (1, kept.version["id"])
    changes = {each["field"]: (each["before"], each["after"]) for each in forth["differences"]}
    first = (await active(kept.auditor))["document"]
    assert changes == {
        "approve_at_most": (first["approve_at_most"], -9.0),
        "novelty_at_most": (first["novelty_at_most"], None),
        "bands.500.approve_at_most": (None, -14.0),
        "bands.500.decline_at_least": (None, 2.5),
    }
    assert {each["field"]: (each["after"], each["before"]) for each in back["differences"]} == changes


async def test_a_shadow_is_read_beside_what_was_decided(kept: Kept, shared_service: Service) -> None:
    policy_id = kept.version["id"]
    silent = told(await kept.auditor.get(f"/{policy_id}/shadow"))
    assert (silent["transactions"], silent["first_at"], silent["cells"]) == (0, None, [])
    told(await kept.manager.post(f"/{policy_id}/shadow", {"from": 1}))
    posted = [(await shared_service.post(shared_service.body(amount="800.00"))).json() for _ in range(3)]
    heard = told(await kept.auditor.get(f"/{policy_id}/shadow"))
    assert (heard["policy_id"], heard["state"], heard["transactions"]) == (policy_id, "shadow", 3)
    assert {answer["policy_version"] for answer in posted} == {1}
    (cell,) = heard["cells"]
    assert (cell["live"], cell["shadow"]) == (posted[0]["label"], "unknown")
    assert (float(cell["amount"]), cell["known_frauds"], cell["known_legits"]) == (2400.0, 0, 0)
    assert heard["first_at"] <= heard["last_at"]
    ended = told(await kept.manager.post(f"/{policy_id}/end-shadow", {"from": 1}))
    assert ended["state"] == "simulated"
    assert told(await kept.auditor.get(f"/{policy_id}/shadow"))["cells"] == heard["cells"]


@pytest.mark.parametrize("path", ["/{}", "/{}/document", "/{}/diff/1", "/1/diff/{}", "/{}/shadow"])
async def test_a_version_that_is_not_there_is_not_found_and_no_number_is_none(kept: Kept, path: str) -> None:
    for absent in (4711, BEYOND - 1):
        refused(await kept.auditor.get(path.format(absent)), 404, "policy-not-found")
    for wrong in (0, -1, BEYOND, 10**30, "first", "1.5", "%00"):
        refused(await kept.auditor.get(path.format(wrong)), 422, "invalid-request")


@pytest.mark.parametrize("path", ["", "/history"])
@pytest.mark.parametrize("name", ["before", "limit"])
@pytest.mark.parametrize("wrong", ["0", "-1", str(BEYOND), "9" * 40, "x", "", "1.5", "nan"])
async def test_a_page_that_is_none_is_named(kept: Kept, path: str, name: str, wrong: str) -> None:
    assert fields(await kept.auditor.get(path, **{name: wrong})) == [name]


async def test_a_format_nobody_writes_is_named(kept: Kept) -> None:
    assert fields(await kept.auditor.get("/1/document", format="yaml")) == ["format"]


async def test_only_a_second_manager_is_told_that_they_may_sign(kept: Kept, shared_service: Service) -> None:
    where = f"/{kept.version['id']}/signature"
    second = await a_caller(shared_service, Role.MANAGER)
    assert told(await second.get(where)) == {"may_sign": True, "why_not": None}
    for other in (kept.manager, kept.auditor):
        answer = told(await other.get(where))
        assert (answer["may_sign"], bool(answer["why_not"])) == (False, True)
