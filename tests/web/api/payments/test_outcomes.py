"""What clients read afterwards: outcomes page by page, and decisions made again."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.builders import (
    ALL_UNKNOWN,
    FOREIGN,
    NonsenseScorer,
    SilentScorer,
    put_scorer,
    rows,
    run,
    until,
    value,
    with_policy,
)
from tests.service import Service


async def page(service: Service, **query: Any) -> dict[str, Any]:
    answer = await service.get("/v1/outcomes", **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def posted(service: Service, count: int) -> list[str]:
    names = [f"order-{number}" for number in range(count)]
    bodies = [service.body(transaction_id=name) for name in names]
    await service.client.post("/v1/transactions/batch", json=bodies, headers=service.headers)

    async def all_are_told() -> bool:
        return len((await page(service, limit=1000))["outcomes"]) == count

    # Outcomes are told once no older writer is under way on the whole server: here, another test's.
    await until(all_are_told)
    return names


async def test_outcomes_are_read_page_by_page_to_the_end(service: Service) -> None:
    names = await posted(service, 25)
    read: list[str] = []
    cursor: dict[str, str] = {}
    for size in (10, 10, 5, 0, 0):
        found = await page(service, limit=10, **cursor)
        assert len(found["outcomes"]) == size
        read += [outcome["transaction_id"] for outcome in found["outcomes"]]
        cursor = {"after": found["next_cursor"]}
    assert sorted(read) == sorted(names)
    assert (await page(service, limit=1000, after="0-0"))["outcomes"][0].keys() == {
        "transaction_id", "outcome", "source", "settled_at", "cursor",
    }  # fmt: skip


async def test_each_outcomes_own_cursor_goes_on_behind_it(service: Service) -> None:
    await posted(service, 5)
    everything = (await page(service))["outcomes"]
    for place, outcome in enumerate(everything):
        assert (await page(service, after=outcome["cursor"]))["outcomes"] == everything[place + 1 :]


async def test_a_cursor_that_waited_hears_what_came_since(service: Service) -> None:
    await posted(service, 3)
    cursor = (await page(service))["next_cursor"]
    body = service.body()
    await service.post(body)

    async def is_told() -> bool:
        found = (await page(service, after=cursor))["outcomes"]
        return [outcome["transaction_id"] for outcome in found] == [body["transaction_id"]]

    await until(is_told)


async def test_before_anything_is_settled_the_cursor_stays_at_the_start(service: Service) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    await service.post(service.body())
    assert await page(service) == {"outcomes": [], "next_cursor": "0-0"}


async def test_a_clients_outcomes_are_its_own(service: Service) -> None:
    await posted(service, 2)
    key = await service.services.access.api_keys.add("another shop", service.services.clock())
    answer = await service.client.get("/v1/outcomes", headers={"X-API-Key": key})
    assert answer.json()["outcomes"] == []


async def replayed(service: Service, decision_id: int) -> Any:
    answer = await service.client.post(f"/v1/decisions/{decision_id}/replay", headers=service.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_decision_made_again_is_equal(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, audit_share_approved=1.0)
    answer = (await service.post(service.body(features={"V4": 2.5}))).json()
    stored = {
        table: await value(engine, f"SELECT count(*) FROM {table}") for table in ("payments", "decisions")
    }
    await with_policy(service, **ALL_UNKNOWN)
    again = await replayed(service, answer["decision_id"])
    assert (again["equal"], again["differences"]) == (True, {})
    assert (again["label"], again["reason"], again["policy_version"]) == (
        answer["label"],
        answer["reason"],
        answer["policy_version"],
    )
    assert again["device"] == again["stored_device"] == "cpu"
    assert stored == {table: await value(engine, f"SELECT count(*) FROM {table}") for table in stored}


async def test_an_altered_record_is_found_out(service: Service, engine: AsyncEngine) -> None:
    """Somebody with all rights changed the stored score behind the service's back."""
    answer = (await service.post(service.body())).json()
    await run(engine, "ALTER TABLE payments DISABLE TRIGGER append_only")
    await run(engine, "UPDATE payments SET evidence_fraud = evidence_fraud + 0.5")
    again = await replayed(service, answer["decision_id"])
    assert again["equal"] is False
    assert again["differences"] == {"evidence_fraud": pytest.approx(-0.5)}


async def test_a_decision_without_a_score_is_made_again_too(service: Service) -> None:
    answer = (await service.post(service.body(currency=FOREIGN))).json()
    again = await replayed(service, answer["decision_id"])
    assert (again["equal"], again["label"], again["stored_device"]) == (True, "unknown", None)


@pytest.mark.parametrize("kind", [SilentScorer, NonsenseScorer])
async def test_without_its_model_no_decision_is_made_again(
    service: Service, kind: type[SilentScorer], engine: AsyncEngine
) -> None:
    """The model is asked through this machine's shelf, so that is where it has to fail."""
    answer = (await service.post(service.body())).json()
    await service.services.pulse.stop()
    put_scorer(service, kind)
    pair = service.services.models.serving.pair
    service.services.payments.transaction_status.shelf._loaded[pair.model.version] = pair.model
    refused = await service.client.post(
        f"/v1/decisions/{answer['decision_id']}/replay", headers=service.headers
    )
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    assert refused.json()["type"] == "urn:tertium:problem:model-away"
    assert await rows(engine, "SELECT attempt FROM decisions") == [(1,)]


async def test_a_model_that_fails_at_a_decision_made_again_leaves_payments_be(service: Service) -> None:
    """An old version's model is asked, and does not answer; the live one is as it was."""
    answer = (await service.post(service.body())).json()
    await service.services.pulse.stop()
    live = service.services.models.serving.pair.model
    put_scorer(service, SilentScorer)
    shelf = service.services.payments.transaction_status.shelf
    shelf._loaded[live.version] = service.services.models.serving.pair.model
    service.services.models.serving._pair = replace(service.services.models.serving.pair, model=live)
    path = f"/v1/decisions/{answer['decision_id']}/replay"
    assert (await service.client.post(path, headers=service.headers)).status_code == 503
    assert service.services.models.scorer.is_available
    assert (await service.post(service.body())).json()["reason"] != "model_unavailable"
    shelf._loaded[live.version] = live
    assert (await replayed(service, answer["decision_id"]))["equal"] is True


async def test_another_clients_decision_is_not_there(service: Service) -> None:
    answer = (await service.post(service.body())).json()
    key = await service.services.access.api_keys.add("another shop", service.services.clock())
    refused = await service.client.post(
        f"/v1/decisions/{answer['decision_id']}/replay", headers={"X-API-Key": key}
    )
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:tertium:problem:decision-not-found")


async def test_many_may_wait_for_one_outcome_without_a_connection_each(service: Service) -> None:
    """More than the pool has connections; others are served meanwhile."""
    await with_policy(service, **ALL_UNKNOWN)
    await service.post(body := service.body())
    address = f"/v1/transactions/{body['transaction_id']}"
    waiting = [asyncio.create_task(service.get(address, wait=2)) for _ in range(60)]
    await asyncio.sleep(0.5)
    async with asyncio.timeout(1.2):
        assert (await service.post(service.body())).status_code == 200
    assert {(await each).json()["outcome"] for each in waiting} == {"pending"}
