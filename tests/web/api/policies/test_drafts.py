"""Drafts over HTTP: what speaks against one is answered, its promise is proved, a second person signs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from app.review.access.people import Role
from tests.service import Service
from tests.web.api.policies.policy_calls import (
    BEYOND,
    Document,
    a_caller,
    active,
    document,
    refused,
    told,
    window,
)
from tests.web.pages.policies.two_managers import EMPTY, UNDOES, Two

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROMISE = {"set_by": "promise", "promise": {"miss_rate": 0.15}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(shared_service: Service) -> AsyncIterator[Two]:
    yield Two(
        author=await a_caller(shared_service, Role.MANAGER, "grace"),
        second=await a_caller(shared_service, Role.MANAGER, "barbara"),
    )


async def test_a_warning_waits_for_a_reason_and_nothing_is_kept_meanwhile(two: Two) -> None:
    body = {"document": await document(two.author), "reason": "A trial."}
    known = told(await two.author.get())["policies"]
    answer = await two.author.post("", body)
    problem = refused(answer, 409, "warnings-unanswered")
    (warning,) = problem["warnings"]
    assert warning["guard"] == "window_empty"
    assert warning["sentence"].startswith("No transaction of the window")
    told_of_another = body | {"answers": {"over_capacity": "Two more start on Monday."}}
    refused(await two.author.post("", told_of_another), 409, "warnings-unanswered")
    assert told(await two.author.get())["policies"] == known


async def test_answered_warnings_stay_with_the_version(two: Two) -> None:
    found = await document(two.author, approve_at_most=9.0)
    answers = EMPTY | {"bounds_out_of_order": "  People shall see it.\nAll of it.  "}
    body = {"document": found, "reason": "  A slip\tof the hand.  ", "answers": answers}
    answer = await two.author.post("", body)
    version = told(answer, 201)
    assert answer.headers["Location"] == f"/v1/policies/{version['id']}"
    assert version["reason"] == "A slip\tof the hand."
    kept = {warning["guard"]: warning["answer"] for warning in version["warnings"]}
    assert kept == {
        "window_empty": EMPTY["window_empty"],
        "bounds_out_of_order": "People shall see it.\nAll of it.",
    }
    assert told(await two.second.get(f"/{version['id']}")) == version
    await two.sign(version)


async def test_a_draft_is_simulated_and_was_drafted_from_what_decides(two: Two) -> None:
    version = await two.draft()
    assert (version["state"], version["parent_id"]) == ("simulated", (await active(two.author))["id"])
    assert (version["author"], version["approved_by"]) == ("Grace", None)
    assert version["newest_simulation"]["computed_by"] == "Grace"
    assert await two.states(version) == ["draft", "simulated"]


async def test_a_promise_is_proved_again_when_a_draft_is_kept(two: Two) -> None:
    proposed = told(await two.author.post("/propose", {"wish": PROMISE}))
    kept = await two.draft(document=proposed["document"], wish=PROMISE)
    assert kept["certificate"] == proposed["certificate"]
    bound = proposed["document"]["approve_at_most"] + 0.5
    looser = await two.draft(document=proposed["document"] | {"approve_at_most": bound}, wish=PROMISE)
    assert looser["certificate"] is None
    body = {"document": proposed["document"], "reason": "More.", "answers": EMPTY}
    body |= {"wish": PROMISE | {"promise": {"miss_rate": 0.001}}}
    problem = refused(await two.author.post("", body), 422, "promise-infeasible")
    assert problem["frauds_needed"] == 2995


async def test_a_parent_that_decides_no_longer_is_warned_of(two: Two) -> None:
    old = (await active(two.author))["id"]
    new = (await two.activated())["id"]
    body = {"document": await document(two.author), "reason": "From before.", "parent_id": old}
    problem = refused(await two.author.post("", body | {"answers": EMPTY}), 409, "warnings-unanswered")
    (warning,) = problem["warnings"]
    assert warning["guard"] == "superseded"
    assert f"version {new}" in warning["sentence"]
    version = told(await two.author.post("", body | {"answers": EMPTY | UNDOES}), 201)
    assert version["parent_id"] == old
    await two.sign(version)


@pytest.mark.parametrize("wish", [{"set_by": "hand"}, PROMISE], ids=["by hand", "by a promise"])
async def test_a_parent_that_never_was_is_not_found(two: Two, wish: Document) -> None:
    body = {"document": await document(two.author), "reason": "From nowhere.", "parent_id": 4711}
    body |= {"answers": EMPTY | UNDOES, "wish": wish}
    refused(await two.author.post("", body), 404, "policy-not-found")


async def test_what_was_drafted_before_another_version_decided_is_signed_with_a_reason(two: Two) -> None:
    version = await two.draft()
    await two.activated()
    simulation_id = version["newest_simulation"]["id"]
    answer = await two.move(two.second, version, "approve", simulation_id=simulation_id, answers=EMPTY)
    problem = refused(answer, 409, "warnings-unanswered")
    assert [warning["guard"] for warning in problem["warnings"]] == ["superseded"]
    assert (await two.sign(version, **UNDOES))["state"] == "approved"
    given = (await two.last_details(version))["answers"][-1]
    assert (given["guard"], given["answer"]) == ("superseded", UNDOES["superseded"])


async def test_nobody_signs_for_what_they_drafted(two: Two) -> None:
    version = await two.draft()
    simulation_id = version["newest_simulation"]["id"]
    answer = await two.move(two.author, version, "approve", simulation_id=simulation_id, answers=EMPTY)
    refused(answer, 409, "own-policy-approved")
    signed = await two.sign(version)
    assert (signed["state"], signed["approved_by"]) == ("approved", "Barbara")
    assert signed["approved_at"] >= signed["created_at"]
    statement = (await two.last_details(version))["statement"]
    assert statement["sentences"] == version["newest_simulation"]["statement"]["sentences"]


async def test_a_statement_that_is_not_the_newest_is_not_signed(two: Two) -> None:
    version = await two.draft()
    path = f"/{version['id']}"
    anew = told(await two.second.post(f"{path}/simulate"))
    assert (anew["id"], anew["state"]) == (version["id"], "simulated")
    assert anew["newest_simulation"]["id"] > version["newest_simulation"]["id"]
    assert anew["newest_simulation"]["computed_by"] == "Barbara"
    for outdated in (version["newest_simulation"]["id"], 4711, BEYOND - 1):
        answer = await two.move(two.second, version, "approve", simulation_id=outdated)
        refused(answer, 409, "statement-outdated")
    assert (await two.sign(anew))["state"] == "approved"


async def test_a_version_is_simulated_anew_over_the_window_that_is_asked_for(two: Two) -> None:
    version = await two.draft()
    since = datetime.fromisoformat("2026-05-01T00:00:00+00:00")
    asked = window(since, since + timedelta(days=3))
    anew = told(await two.author.post(f"/{version['id']}/simulate", {"window": asked}))
    found = anew["newest_simulation"]["window"]
    assert {name: datetime.fromisoformat(moment) for name, moment in found.items()} == {
        "since": since,
        "until": since + timedelta(days=3),
    }
    before_the_model = {"since": "1970-01-01T00:00:00Z", "until": "2200-01-01T00:00:00Z"}
    told(await two.author.post(f"/{version['id']}/simulate", {"window": before_the_model}))


async def test_of_two_who_sign_at_once_one_does(two: Two, shared_service: Service) -> None:
    version = await two.draft()
    third = await a_caller(shared_service, Role.MANAGER)
    simulation_id = version["newest_simulation"]["id"]
    body = await two.ground(simulation_id=simulation_id, answers=EMPTY)
    answers = await asyncio.gather(
        *(caller.post(f"/{version['id']}/approve", body) for caller in (two.second, third))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await two.states(version)).count("approved") == 1
