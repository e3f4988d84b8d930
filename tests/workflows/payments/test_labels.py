"""Ground truth as it comes in: appended, told apart by source, and never overwritten."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.builders import NOON, an_unknown, rows, value
from tests.service import Service


def report(transaction_id: str, label: str = "fraud", **changes: Any) -> dict[str, Any]:
    return {
        "transaction_id": transaction_id,
        "label": label,
        "source": "chargeback",
        "occurred_at": NOON.isoformat(),
        "learned_at": (NOON + timedelta(days=30)).isoformat(),
    } | changes


async def told(service: Service, *reports: dict[str, Any]) -> dict[str, Any]:
    answer = await service.client.post("/v1/labels", json={"labels": list(reports)}, headers=service.headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def posted(service: Service) -> str:
    body = service.body()
    await service.post(body)
    return str(body["transaction_id"])


async def test_the_same_report_twice_is_one_row(service: Service, engine: AsyncEngine) -> None:
    name = await posted(service)
    for _ in range(2):
        assert (await told(service, report(name), report(name)))["accepted"] == 2
    assert await value(engine, "SELECT count(*) FROM labels") == 1


async def test_what_was_kept_before_is_told_of_each_report(service: Service) -> None:
    name = await posted(service)
    first = await told(service, report(name))
    assert (first["repeated"], first["results"][0]["repeated"]) == (0, False)
    again = await told(service, report(name), report(name, source="audit"), report("nobody's"))
    assert again["repeated"] == 1
    assert [(each["accepted"], each["repeated"]) for each in again["results"]] == [
        (True, True),
        (True, False),
        (False, False),
    ]


async def test_a_second_opinion_stands_beside_the_first(service: Service, engine: AsyncEngine) -> None:
    name = await posted(service)
    later = (NOON + timedelta(days=60)).isoformat()
    await told(service, report(name, "fraud"))
    await told(service, report(name, "legit", learned_at=later))
    await told(service, report(name, "fraud", source="audit"))
    found = await rows(engine, "SELECT label, source FROM labels ORDER BY id")
    assert found == [("fraud", "chargeback"), ("legit", "chargeback"), ("fraud", "audit")]


@pytest.mark.parametrize("chance", [1, 1.0, 0.02, 0.001, None])
async def test_a_report_may_tell_its_chance_of_having_come(
    service: Service, engine: AsyncEngine, chance: float | None
) -> None:
    name = await posted(service)
    await told(service, report(name, source="audit", propensity=chance), report(name))
    kept = await rows(engine, "SELECT source, propensity FROM labels ORDER BY id")
    assert kept == [("audit", chance), ("chargeback", None)]


async def test_each_report_hears_whether_its_transaction_exists(
    service: Service, engine: AsyncEngine
) -> None:
    name = await posted(service)
    heard = await told(service, report("never seen"), report(name), report("nor this"))
    assert heard["accepted"] == 1
    assert [result["accepted"] for result in heard["results"]] == [False, True, False]
    assert [result["transaction_id"] for result in heard["results"]] == ["never seen", name, "nor this"]
    assert await value(engine, "SELECT count(*) FROM labels") == 1


async def test_another_clients_transaction_is_not_there(service: Service, engine: AsyncEngine) -> None:
    name = await posted(service)
    key = await service.services.access.api_keys.add("another shop", service.services.clock())
    answer = await service.client.post(
        "/v1/labels", json={"labels": [report(name)]}, headers={"X-API-Key": key}
    )
    assert answer.json()["accepted"] == 0
    assert await value(engine, "SELECT count(*) FROM labels") == 0


async def test_a_label_settles_no_outcome_and_closes_no_case(service: Service, engine: AsyncEngine) -> None:
    name = await an_unknown(service)
    await told(service, report(name))
    became = (await service.get(f"/v1/transactions/{name}")).json()
    assert (became["outcome"], became["verdict"]) == ("pending", None)
    assert await rows(engine, "SELECT state FROM cases") == [("open",)]


async def test_nothing_is_learned_before_it_happened(service: Service, engine: AsyncEngine) -> None:
    name = await posted(service)
    early = report(name, learned_at=(NOON - timedelta(seconds=1)).isoformat())
    answer = await service.client.post("/v1/labels", json={"labels": [early]}, headers=service.headers)
    assert answer.status_code == 422
    assert "learned_at" in answer.json()["detail"]
    assert await value(engine, "SELECT count(*) FROM labels") == 0


async def test_ten_thousand_labels_come_in_one_request(service: Service, engine: AsyncEngine) -> None:
    name = await posted(service)
    reports = [
        report(name, learned_at=(NOON + timedelta(seconds=number)).isoformat()) for number in range(10_000)
    ]
    assert (await told(service, *reports))["accepted"] == 10_000
    assert await value(engine, "SELECT count(*) FROM labels") == 10_000


async def test_a_source_takes_back_what_it_said_and_nothing_of_what_others_say(
    service: Service, engine: AsyncEngine
) -> None:
    name = await posted(service)
    later = (NOON + timedelta(days=60)).isoformat()
    await told(service, report(name, "fraud"), report(name, "legit", source="audit"))
    await told(service, report(name, "withdrawn", learned_at=later))
    assert await rows(engine, "SELECT source, label FROM standing_labels") == [("audit", "legit")]
    await told(service, report(name, "withdrawn", source="audit", learned_at=NOON.isoformat()))
    assert await rows(engine, "SELECT source, label FROM standing_labels") == [("audit", "legit")]
    assert await value(engine, "SELECT count(*) FROM labels") == 4


async def test_what_is_withdrawn_has_no_chance_of_its_own(service: Service) -> None:
    name = await posted(service)
    body = {"labels": [report(name, "withdrawn", propensity=0.5)]}
    answer = await service.client.post("/v1/labels", json=body, headers=service.headers)
    assert answer.status_code == 422
    assert "what is withdrawn has no propensity" in answer.text
