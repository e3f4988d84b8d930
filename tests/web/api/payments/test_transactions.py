"""One payment through the API: judged, stored, and told again."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.builders import ALL_UNKNOWN, FOREIGN, rows, value, with_policy
from tests.service import Service

SCORE = {
    "probability", "evidence_fraud", "evidence_legit", "margin", "spread", "interval_low", "interval_high",
    "entropy", "expected_entropy", "mutual_information", "predictive_variance", "novelty",
}  # fmt: skip
STORED = ("payments", "payment_keys", "decisions WHERE is_scored", "cases", "outcomes")


async def counts(engine: AsyncEngine) -> dict[str, int]:
    return {table: await value(engine, f"SELECT count(*) FROM {table}") for table in STORED}


async def test_an_answer_says_what_was_decided_by_which_pair(service: Service) -> None:
    answer = (await service.post(service.body(transaction_id="order-1"))).json()
    pair = service.services.models.serving.pair
    assert answer.keys() == {
        "transaction_id", "decision_id", "label", "reason", "score", "model_version", "policy_version",
        "case_id", "decided_at",
    }  # fmt: skip
    assert answer["score"].keys() == SCORE
    assert answer["transaction_id"] == "order-1"
    assert (answer["label"], answer["reason"]) == ("legit", "evidence_legit")
    assert (answer["model_version"], answer["policy_version"]) == (pair.model.version, pair.policy_id)
    assert answer["score"]["evidence_fraud"] <= pair.policy.approve_at_most
    assert datetime.fromisoformat(answer["decided_at"]).tzinfo is not None


async def test_an_answer_comes_after_its_commit(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, audit_share_approved=0.0)
    await service.post(service.body())
    assert list((await counts(engine)).values()) == [1, 1, 1, 0, 1]


async def test_an_unknown_is_answered_with_its_case(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    answer = (await service.post(service.body())).json()
    assert answer["label"] == "unknown"
    assert [row.id for row in await rows(engine, "SELECT id FROM cases")] == [answer["case_id"]]
    assert (await counts(engine))["outcomes"] == 0


async def test_what_was_sent_is_stored_as_it_was_meant(service: Service, engine: AsyncEngine) -> None:
    body = service.body(
        amount="12345678.4321",
        occurred_at="2026-05-01T14:00:00+05:30",
        respond_by="2026-05-02T00:00:00Z",
        attributes={"card": "•••• 8841", "ip": "2001:db8::1"},
    )
    await service.post(body)
    (stored,) = await rows(engine, "SELECT * FROM transactions")
    assert str(stored.amount) == "12345678.4321"
    assert stored.occurred_at.isoformat() == "2026-05-01T08:30:00+00:00"
    assert stored.features == body["features"]
    assert stored.attributes == body["attributes"]
    assert len(stored.body_sha256) == 32


async def test_history_tells_decision_verdict_and_outcome(service: Service) -> None:
    answer = (await service.post(body := service.body(currency=FOREIGN))).json()
    became = (await service.get(f"/v1/transactions/{body['transaction_id']}")).json()
    assert became["decision"] == answer
    assert (became["verdict"], became["outcome"], became["outcome_source"]) == (None, "pending", None)


async def test_history_of_nothing_is_not_found(service: Service) -> None:
    answer = await service.get("/v1/transactions/never-seen")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:tertium:problem:transaction-not-found")


@pytest.mark.parametrize("name", ["a/b", "a b", "•é漢🙂", "50%", "a?b#c", "batch", "x" * 128, "🙂" * 128])
async def test_any_readable_id_is_found_again(service: Service, name: str) -> None:
    from urllib.parse import quote

    posted = await service.post(service.body(transaction_id=name))
    assert posted.status_code == 200, posted.text
    found = await service.client.get(f"/v1/transactions/{quote(name, safe='')}", headers=service.headers)
    assert found.json()["transaction_id"] == name


@pytest.mark.parametrize(
    ("amount", "stored"),
    [
        ("0", "0.0000"),
        ("0.0001", "0.0001"),
        ("999999999999.9999", "999999999999.9999"),
        (41.9, "41.9000"),
        (7, "7.0000"),
        ("1e3", "1000.0000"),
    ],
)
async def test_amounts_are_kept_to_the_last_digit(
    service: Service, engine: AsyncEngine, amount: Any, stored: str
) -> None:
    answer = await service.post(service.body(amount=amount))
    assert answer.status_code == 200, answer.text
    assert str(await value(engine, "SELECT amount FROM transactions")) == stored


@pytest.mark.parametrize(
    "headers", [{}, {"X-API-Key": ""}, {"X-API-Key": "tertium_guess"}, {"X-API-Key": "\xff"}]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/transactions"),
        ("POST", "/v1/transactions/batch"),
        ("GET", "/v1/transactions/x"),
        ("GET", "/v1/outcomes"),
        ("POST", "/v1/labels"),
        ("POST", "/v1/decisions/1/replay"),
        ("GET", "/v1/model"),
    ],
)
async def test_without_a_key_nothing_is_told_or_taken(
    service: Service, engine: AsyncEngine, headers: dict[str, str], method: str, path: str
) -> None:
    bodies = {"/v1/labels": {"labels": []}, "/v1/transactions/batch": [service.body()]}
    raw = {name.encode(): word.encode("latin-1") for name, word in headers.items()}
    answer = await service.client.request(
        method, path, json=bodies.get(path, service.body()) if method == "POST" else None, headers=raw
    )
    if path != "/v1/labels":  # an empty list is wrong in itself
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:tertium:problem:key-unknown")
    assert answer.status_code in {401, 422}
    assert not any((await counts(engine)).values())


async def test_the_model_names_what_it_reads(service: Service) -> None:
    told = (await service.get("/v1/model")).json()
    schema = service.services.models.serving.pair.model.schema
    assert (told["features"], told["currencies"]) == (list(schema.names), list(schema.currencies))


async def test_the_same_payment_scores_the_same_alone_and_in_company(service: Service) -> None:
    alone = (await service.post(service.body(features={"V1": 1.25, "V4": -3.5}))).json()["score"]
    company = [service.body(features={"V1": 1.25, "V4": -3.5})]
    company += [service.body(features={"V1": number / 7}) for number in range(99)]
    posted = await service.client.post("/v1/transactions/batch", json=company, headers=service.headers)
    together = posted.json()["results"][0]["answer"]["score"]
    assert {name: together[name] for name in together if name != "evidence_legit"} == pytest.approx(
        {name: alone[name] for name in alone if name != "evidence_legit"}, abs=1e-6
    )
