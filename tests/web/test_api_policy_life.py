"""The life of a version over HTTP, lived by two managers: answers, signatures, shadows, moments, returns."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from app.review.people import Role
from tests.builders import until
from tests.service import Service
from tests.web.policy_calls import (
    BEYOND,
    Caller,
    Document,
    a_caller,
    active,
    document,
    fields,
    refused,
    told,
    window,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: Nothing was posted in these tests, which every draft must answer for.
EMPTY = {"window_empty": "It is a test."}
UNDOES = {"superseded": "What it undoes is to be undone."}
PROMISE = {"set_by": "promise", "promise": {"miss_rate": 0.15}}


@dataclass(frozen=True, kw_only=True)
class Two:
    """Two managers: the one drafts, the other signs."""

    author: Caller
    second: Caller

    async def draft(self, **changes: Any) -> Document:
        """Keep a draft that approves a little less than the active version; changes are of the body."""
        found = await document(self.author)
        found["approve_at_most"] -= 0.25
        body = {"document": found, "reason": "Less risk.", "answers": EMPTY}
        version: Document = told(await self.author.post("", body | changes), 201)
        return version

    async def sign(self, version: Document, **answers: str) -> Document:
        """Sign for what is the newest statement of a version."""
        body = {"simulation_id": version["newest_simulation"]["id"], "answers": answers}
        signed: Document = told(await self.second.post(f"/{version['id']}/approve", body))
        return signed

    async def signed(self) -> Document:
        """Return a version that was drafted and signed."""
        return await self.sign(await self.draft())

    async def activated(self) -> Document:
        """Return a version that decides now."""
        version: Document = told(await self.author.post(f"/{(await self.signed())['id']}/activate"))
        return version

    async def states(self, version: Document) -> list[str]:
        """Return what a version went through, the newest last."""
        events = told(await self.author.get("/history", policy_id=version["id"]))["events"]
        return [event["state"] for event in reversed(events)]

    async def last_details(self, version: Document) -> Document:
        """Return what belongs to a version's last move."""
        events = told(await self.author.get("/history", policy_id=version["id"], limit=1))["events"]
        return dict(events[0]["details"] or {})


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
    assert kept == EMPTY | {"bounds_out_of_order": "People shall see it.\nAll of it."}
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
    body: Document = {"simulation_id": version["newest_simulation"]["id"]}
    path = f"/{version['id']}/approve"
    problem = refused(await two.second.post(path, body), 409, "warnings-unanswered")
    assert [warning["guard"] for warning in problem["warnings"]] == ["superseded"]
    assert told(await two.second.post(path, body | {"answers": UNDOES}))["state"] == "approved"
    (given,) = (await two.last_details(version))["answers"]
    assert (given["guard"], given["answer"]) == ("superseded", UNDOES["superseded"])


async def test_nobody_signs_for_what_they_drafted(two: Two) -> None:
    version = await two.draft()
    body = {"simulation_id": version["newest_simulation"]["id"]}
    refused(await two.author.post(f"/{version['id']}/approve", body), 409, "own-policy-approved")
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
        answer = await two.second.post(f"{path}/approve", {"simulation_id": outdated})
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


async def test_a_shadow_begins_and_ends_as_a_simulated_version(two: Two) -> None:
    version = await two.draft()
    path = f"/{version['id']}"
    refused(await two.author.post(f"{path}/end-shadow"), 409, "policy-move-refused")
    assert told(await two.author.post(f"{path}/shadow"))["state"] == "shadow"
    refused(await two.author.post(f"{path}/shadow"), 409, "policy-move-refused")
    assert told(await two.second.post(f"{path}/end-shadow"))["state"] == "simulated"
    assert await two.states(version) == ["draft", "simulated", "shadow", "simulated"]


async def test_a_fourth_shadow_waits_until_another_one_ends(two: Two) -> None:
    versions = [await two.draft() for _ in range(4)]
    for version in versions[:3]:
        told(await two.author.post(f"/{version['id']}/shadow"))
    last = f"/{versions[3]['id']}/shadow"
    refused(await two.author.post(last), 409, "too-many-shadows")
    told(await two.author.post(f"/{versions[0]['id']}/retire"))
    told(await two.author.post(last))
    assert (await two.sign(versions[3]))["state"] == "approved"
    for version in versions[1:3]:
        told(await two.author.post(f"/{version['id']}/end-shadow"))


async def test_what_nobody_signed_does_not_decide(two: Two) -> None:
    version = await two.draft()
    before = await active(two.author)
    later = {"at": "2199-12-31T23:59:59Z"}
    for body in ({}, later):
        answer = await two.second.post(f"/{version['id']}/activate", body)
        refused(answer, 409, "policy-move-refused")
    assert await active(two.author) == before


async def test_a_signed_version_decides_every_payment_from_now_on(two: Two, shared_service: Service) -> None:
    before = await active(two.author)
    version = await two.activated()
    assert version == await active(two.second)
    assert (version["state"], version["parent_id"]) == ("active", before["id"])
    assert told(await two.author.get(f"/{before['id']}"))["state"] == "retired"
    answer = (await shared_service.post(shared_service.body())).json()
    assert answer["policy_version"] == version["id"]
    again = await two.author.post(f"/{version['id']}/activate")
    refused(again, 409, "policy-move-refused")


async def test_what_would_undo_another_version_is_activated_with_a_reason(two: Two) -> None:
    version = await two.signed()
    await two.activated()
    path = f"/{version['id']}/activate"
    refused(await two.author.post(path), 409, "warnings-unanswered")
    later = {"at": "2199-12-31T23:59:59Z"}
    refused(await two.author.post(path, later), 409, "warnings-unanswered")
    assert told(await two.author.post(path, later | {"answers": UNDOES}))["state"] == "scheduled"
    told(await two.author.post(f"/{version['id']}/unschedule"))
    assert told(await two.author.post(path, {"answers": UNDOES}))["state"] == "active"


async def test_an_activation_waits_for_its_moment_and_can_be_taken_back(two: Two) -> None:
    version = await two.signed()
    path = f"/{version['id']}"
    refused(await two.author.post(f"{path}/unschedule"), 409, "policy-move-refused")
    scheduled = told(await two.author.post(f"{path}/activate", {"at": "2199-12-31T23:59:59.5+01:00"}))
    assert (scheduled["state"], scheduled["activates_at"]) == ("scheduled", "2199-12-31T22:59:59.500000Z")
    back = told(await two.second.post(f"{path}/unschedule"))
    assert (back["state"], back["activates_at"]) == ("approved", None)
    assert await two.states(version) == ["draft", "simulated", "approved", "scheduled", "approved"]


async def test_a_scheduled_version_decides_when_its_moment_has_come(
    two: Two, shared_service: Service
) -> None:
    version = await two.signed()
    at = shared_service.everything.clock() + timedelta(seconds=0.5)
    told(await two.author.post(f"/{version['id']}/activate", {"at": at.isoformat()}))

    async def decides() -> bool:
        return bool((await active(two.author))["id"] == version["id"])

    await until(decides)
    assert shared_service.everything.clock() >= at
    assert (await two.last_details(version))["scheduled"] is True


async def test_a_moment_that_has_passed_is_none_to_come(two: Two) -> None:
    version = await two.signed()
    for past in ("2026-05-01T12:00:00Z", "1970-01-01T00:00:00Z"):
        answer = await two.author.post(f"/{version['id']}/activate", {"at": past})
        assert fields(answer) == ["at"]
        refused(answer, 422, "activation-in-the-past")


async def test_what_decides_is_not_put_away_and_what_was_put_away_does_not_move(two: Two) -> None:
    decides = await active(two.author)
    refused(await two.author.post(f"/{decides['id']}/retire"), 409, "policy-move-refused")
    version = await two.draft()
    assert told(await two.second.post(f"/{version['id']}/retire"))["state"] == "retired"
    for move in ("retire", "shadow", "end-shadow", "unschedule", "activate"):
        refused(await two.author.post(f"/{version['id']}/{move}"), 409, "policy-move-refused")
    body = {"simulation_id": version["newest_simulation"]["id"]}
    refused(await two.second.post(f"/{version['id']}/approve", body), 409, "policy-move-refused")


async def test_a_rollback_lets_the_version_before_decide_again(two: Two, shared_service: Service) -> None:
    before = await active(two.author)
    version = await two.activated()
    back = told(await two.second.post("/rollback"))
    assert (back["id"], back["state"]) == (before["id"], "active")
    assert await active(two.author) == back
    assert told(await two.author.get(f"/{version['id']}"))["state"] == "retired"
    assert await two.last_details(back) == {"rollback": True}
    answer = (await shared_service.post(shared_service.body())).json()
    assert answer["policy_version"] == before["id"]
    assert told(await two.second.post("/rollback"))["id"] == version["id"]


async def test_of_two_who_sign_at_once_one_does(two: Two, shared_service: Service) -> None:
    version = await two.draft()
    third = await a_caller(shared_service, Role.MANAGER)
    body = {"simulation_id": version["newest_simulation"]["id"]}
    answers = await asyncio.gather(
        *(caller.post(f"/{version['id']}/approve", body) for caller in (two.second, third))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await two.states(version)).count("approved") == 1


@pytest.mark.parametrize(
    "move", ["simulate", "shadow", "end-shadow", "approve", "activate", "unschedule", "retire"]
)
async def test_a_version_that_is_not_there_makes_no_move(two: Two, move: str) -> None:
    body = {"simulation_id": 1} if move == "approve" else {}
    for absent in (4711, BEYOND - 1):
        refused(await two.author.post(f"/{absent}/{move}", body), 404, "policy-not-found")
    for wrong in (0, -1, BEYOND, 10**30, "first", "1.5", "%00"):
        refused(await two.author.post(f"/{wrong}/{move}", body), 422, "invalid-request")
