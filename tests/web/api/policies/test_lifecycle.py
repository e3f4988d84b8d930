"""The life of a version over HTTP, lived by two managers: shadows, moments, ways back."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from app.review.access.people import Role
from tests.builders import until
from tests.service import Service
from tests.web.api.policies.policy_calls import BEYOND, Document, a_caller, active, fields, refused, told
from tests.web.pages.policies.two_managers import EMPTY, UNDOES, Two

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(shared_service: Service) -> AsyncIterator[Two]:
    yield Two(
        author=await a_caller(shared_service, Role.MANAGER, "grace"),
        second=await a_caller(shared_service, Role.MANAGER, "barbara"),
    )


async def test_a_shadow_begins_and_ends_as_a_simulated_version(two: Two) -> None:
    version = await two.draft()
    refused(await two.move(two.author, version, "end-shadow"), 409, "policy-move-refused")
    assert told(await two.move(two.author, version, "shadow"))["state"] == "shadow"
    refused(await two.move(two.author, version, "shadow"), 409, "policy-move-refused")
    assert told(await two.move(two.second, version, "end-shadow"))["state"] == "simulated"
    assert await two.states(version) == ["draft", "simulated", "shadow", "simulated"]


async def test_a_fourth_shadow_waits_until_another_one_ends(two: Two) -> None:
    versions = [await two.draft() for _ in range(4)]
    for version in versions[:3]:
        told(await two.move(two.author, version, "shadow"))
    refused(await two.move(two.author, versions[3], "shadow"), 409, "too-many-shadows")
    told(await two.move(two.author, versions[0], "retire"))
    told(await two.move(two.author, versions[3], "shadow"))
    assert (await two.sign(versions[3]))["state"] == "approved"
    for version in versions[1:3]:
        told(await two.move(two.author, version, "end-shadow"))


async def test_what_nobody_signed_does_not_decide(two: Two) -> None:
    version = await two.draft()
    before = await active(two.author)
    later = {"at": "2199-12-31T23:59:59Z"}
    bodies: list[Document] = [{}, later]
    for body in bodies:
        answer = await two.activate(two.second, version, **body)
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
    again = await two.activate(two.author, version)
    refused(again, 409, "policy-move-refused")


async def test_what_would_undo_another_version_is_activated_with_a_reason(two: Two) -> None:
    version = await two.signed()
    await two.activated()
    refused(await two.activate(two.author, version), 409, "warnings-unanswered")
    later = "2199-12-31T23:59:59Z"
    refused(await two.activate(two.author, version, at=later), 409, "warnings-unanswered")
    scheduled = told(await two.activate(two.author, version, at=later, answers=UNDOES))
    assert scheduled["state"] == "scheduled"
    told(await two.move(two.author, version, "unschedule"))
    assert told(await two.activate(two.author, version, answers=UNDOES))["state"] == "active"


async def test_an_activation_waits_for_its_moment_and_can_be_taken_back(two: Two) -> None:
    version = await two.signed()
    refused(await two.move(two.author, version, "unschedule"), 409, "policy-move-refused")
    scheduled = told(await two.activate(two.author, version, at="2199-12-31T23:59:59.5+01:00"))
    assert (scheduled["state"], scheduled["activates_at"]) == ("scheduled", "2199-12-31T22:59:59.500000Z")
    back = told(await two.move(two.second, version, "unschedule"))
    assert (back["state"], back["activates_at"]) == ("approved", None)
    assert await two.states(version) == ["draft", "simulated", "approved", "scheduled", "approved"]


async def test_a_scheduled_version_decides_when_its_moment_has_come(
    two: Two, shared_service: Service
) -> None:
    version = await two.signed()
    at = shared_service.services.clock() + timedelta(seconds=0.5)
    told(await two.activate(two.author, version, at=at.isoformat()))

    async def decides() -> bool:
        return bool((await active(two.author))["id"] == version["id"])

    await until(decides)
    assert shared_service.services.clock() >= at
    assert (await two.last_details(version))["scheduled"] is True


async def test_a_moment_that_has_passed_is_none_to_come(two: Two) -> None:
    version = await two.signed()
    for past in ("2026-05-01T12:00:00Z", "1970-01-01T00:00:00Z"):
        answer = await two.activate(two.author, version, at=past)
        assert fields(answer) == ["at"]
        refused(answer, 422, "activation-in-the-past")


async def test_what_decides_is_not_put_away_and_what_was_put_away_does_not_move(two: Two) -> None:
    decides = await active(two.author)
    refused(await two.move(two.author, decides, "retire"), 409, "policy-move-refused")
    version = await two.draft()
    assert told(await two.move(two.second, version, "retire"))["state"] == "retired"
    for move in ("retire", "shadow", "end-shadow", "unschedule"):
        problem = refused(await two.move(two.author, version, move), 409, "policy-move-refused")
        assert "Barbara retired version" in problem["detail"]
    refused(await two.activate(two.author, version), 409, "policy-move-refused")
    body = {"simulation_id": version["newest_simulation"]["id"], "answers": EMPTY}
    refused(await two.move(two.second, version, "approve", **body), 409, "policy-move-refused")


async def test_a_rollback_lets_the_version_before_decide_again(two: Two, shared_service: Service) -> None:
    before = await active(two.author)
    version = await two.activated()
    back = told(await two.roll_back(two.second))
    assert (back["id"], back["state"]) == (before["id"], "active")
    assert await active(two.author) == back
    assert told(await two.author.get(f"/{version['id']}"))["state"] == "retired"
    assert await two.last_details(back) == {
        "rollback": True,
        "from": version["id"],
        "reason": "Too many misses.",
    }
    answer = (await shared_service.post(shared_service.body())).json()
    assert answer["policy_version"] == before["id"]
    earlier = told(await two.author.get("/rollback"))["id"]
    assert earlier not in {version["id"], before["id"]}
    assert told(await two.roll_back(two.second, to=earlier))["id"] == earlier


BODIES: dict[str, Document] = {"approve": {"simulation_id": 1}, "activate": {"reason": "It is a test."}}


@pytest.mark.parametrize(
    "move", ["simulate", "shadow", "end-shadow", "approve", "activate", "unschedule", "retire"]
)
async def test_a_version_that_is_not_there_makes_no_move(two: Two, move: str) -> None:
    body = await two.ground(**BODIES.get(move, {})) if move != "simulate" else {}
    for absent in (4711, BEYOND - 1):
        refused(await two.author.post(f"/{absent}/{move}", body), 404, "policy-not-found")
    for wrong in (0, -1, BEYOND, 10**30, "first", "1.5", "%00"):
        refused(await two.author.post(f"/{wrong}/{move}", body), 422, "invalid-request")
