"""The lists as tools use them: by a personal access token, under the rules of its owner's role."""

from datetime import timedelta
from typing import Any

import pytest

from app.review.access.people import Account, Role
from tests.builders import ALL_LEGIT, with_policy
from tests.service import Service

DAY = timedelta(days=1)


async def bearer(service: Service, account: Account) -> dict[str, str]:
    token = await service.services.access.accounts.new_access_token(
        account.name, token_name="a tool", lasts=DAY
    )
    return {"Authorization": f"Bearer {token}"}


def a_body(service: Service, **changes: Any) -> dict[str, Any]:
    ends = service.services.clock() + DAY
    body = {
        "kind": "device", "value": "d-93ab41c7", "effect": "block", "reason": "seen in three frauds",
        "expires_at": ends.isoformat(),
    }  # fmt: skip
    return body | changes


async def test_a_tool_blocks_a_device_reads_it_and_ends_it(service: Service) -> None:
    await with_policy(service, **ALL_LEGIT)
    by = await bearer(service, await service.person(Role.ANALYST))
    made = await service.client.post("/v1/lists", json=a_body(service), headers=by)
    assert made.status_code == 201, made.text
    entry = made.json()
    assert (entry["state"], entry["shown"], entry["waits_for_second"]) == ("live", "•••• 1c7", False)
    assert "d-93ab41c7" not in made.text
    payment = service.body(attributes={"device_id": "d-93ab41c7"})
    answer = (await service.post(payment)).json()
    assert (answer["label"], answer["reason"]) == ("fraud", "blocked")
    listed = (await service.client.get("/v1/lists", params={"kind": "device"}, headers=by)).json()
    assert [each["id"] for each in listed["entries"]] == [entry["id"]]
    path = f"/v1/lists/{entry['id']}"
    ended = await service.client.post(f"{path}/end", json={"reason": "returned"}, headers=by)
    assert ended.json()["state"] == "ended"
    told = (await service.client.get(path, headers=by)).json()["history"]
    assert [(each["act"], each["reason"]) for each in told] == [
        ("added", "seen in three frauds"),
        ("ended", "returned"),
    ]
    assert (await service.client.get("/v1/lists", headers=by)).json()["entries"] == []


async def test_a_merchant_waits_for_another_manager(service: Service) -> None:
    one, other = [await bearer(service, await service.person(Role.MANAGER)) for _ in range(2)]
    body = a_body(service, kind="merchant", value="Shop", expires_at=None)
    entry = (await service.client.post("/v1/lists", json=body, headers=one)).json()
    assert (entry["state"], entry["waits_for_second"]) == ("proposed", True)
    path, why = f"/v1/lists/{entry['id']}/approve", {"reason": "seen it too"}
    own = await service.client.post(path, json=why, headers=one)
    assert (own.status_code, own.json()["type"]) == (409, "urn:tertium:problem:own-list-proposal")
    assert (await service.client.post(path, json=why, headers=other)).json()["state"] == "live"


@pytest.mark.parametrize(
    ("role", "change", "status", "problem"),
    [
        (Role.AUDITOR, {}, 403, "not-allowed"),
        (Role.ANALYST, {"effect": "allow"}, 403, "listing-not-allowed"),
        (Role.ANALYST, {"expires_at": None}, 422, "expiry-missing"),
        (Role.MANAGER, {"effect": "allow", "expires_at": None}, 422, "expiry-missing"),
        (Role.MANAGER, {"expires_at": "2020-01-01T00:00:00Z"}, 422, "expiry-impossible"),
        (Role.MANAGER, {"kind": "ip", "value": "nowhere"}, 422, "list-value-impossible"),
        (Role.MANAGER, {"kind": "card", "value": "4111 1111 1111 1111"}, 422, "card-number-written"),
        (Role.MANAGER, {"reason": "he used 4111111111111111"}, 422, "card-number-written"),
    ],
)
async def test_what_may_not_be_listed_is_refused(
    service: Service, role: Role, change: dict[str, Any], status: int, problem: str
) -> None:
    by = await bearer(service, await service.person(role))
    refused = await service.client.post("/v1/lists", json=a_body(service, **change), headers=by)
    assert (refused.status_code, refused.json()["type"]) == (status, f"urn:tertium:problem:{problem}")
    assert "4111" not in refused.text


async def test_an_auditor_reads_the_lists_and_changes_nothing(service: Service) -> None:
    by = await bearer(service, await service.person(Role.AUDITOR))
    assert (await service.client.get("/v1/lists", headers=by)).json() == {"entries": [], "next_before": None}
    for step in ("end", "approve", "refuse"):
        refused = await service.client.post(f"/v1/lists/1/{step}", json={"reason": "x"}, headers=by)
        assert refused.status_code == 403
