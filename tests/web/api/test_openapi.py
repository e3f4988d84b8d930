"""The API's own description is true: its examples work as they stand."""

from typing import Any

import pytest

from app.review.card_numbers.rule import CardNumberRule
from app.web.api.payments.schemas import TransactionIn
from tests.service import NOON, Service


async def description(service: Service) -> dict[str, Any]:
    return dict((await service.client.get("/openapi.json")).json())


async def test_the_example_is_a_payment_the_active_model_accepts(service: Service) -> None:
    example = (await description(service))["components"]["schemas"]["TransactionIn"]["example"]
    schema = service.services.models.serving.pair.model.schema
    assert (
        TransactionIn.model_validate(example).checked(schema, 1, NOON, CardNumberRule()).transaction_id
        == "order-48213"
    )
    answer = await service.post(example)
    assert answer.status_code == 200, answer.text
    assert set(example["features"]) == set(schema.names)


PAYMENTS = {
    "/v1/transactions", "/v1/transactions/batch", "/v1/transactions/{transaction_id}", "/v1/outcomes",
    "/v1/labels", "/v1/decisions/{decision_id}/replay", "/v1/model", "/v1/model/schema",
}  # fmt: skip
HEALTH = {"/healthz", "/readyz"}
BY_PEOPLE = ("/v1/policies", "/v1/drift", "/v1/people", "/v1/keys", "/v1/jobs", "/v1/quality", "/v1/lists")


async def test_every_endpoint_is_described_with_its_problems(service: Service) -> None:
    paths = (await description(service))["paths"]
    by_people = {path for path in paths if path.startswith(BY_PEOPLE)}
    assert set(paths) - by_people == PAYMENTS | HEALTH
    assert len(by_people) > 15
    for path in PAYMENTS | by_people:
        for operation in paths[path].values():
            assert operation["summary"], path
            assert {"401", "422", "503"} <= operation["responses"].keys(), path
            assert {"200", "201"} & operation["responses"].keys(), path
            door = "AccessToken" if path in by_people else "APIKeyHeader"
            assert any(door in each for each in operation["security"]), path


async def test_the_answer_is_described_as_it_comes(service: Service) -> None:
    schemas = (await description(service))["components"]["schemas"]
    answer = (await service.post(service.body())).json()
    assert set(schemas["AnswerOut"]["properties"]) == answer.keys()
    assert set(schemas["ScoreOut"]["properties"]) == answer["score"].keys()


async def test_no_page_is_part_of_the_api(service: Service) -> None:
    assert not [path for path in (await description(service))["paths"] if "desk" in path or "login" in path]


async def test_problems_are_described_by_the_media_type_they_are_sent_with(service: Service) -> None:
    paths = (await description(service))["paths"]
    for path in PAYMENTS:
        for operation in paths[path].values():
            for status, answer in operation["responses"].items():
                good = "application/toml" if path == "/v1/model/schema" else "application/json"
                kind = good if int(status) < 400 else "application/problem+json"
                assert list(answer["content"]) == [kind], (path, status)


async def test_what_is_refused_before_anything_is_looked_up_is_described(service: Service) -> None:
    paths = (await description(service))["paths"]
    for path in PAYMENTS | {path for path in paths if path.startswith("/v1/policies")}:
        for operation in paths[path].values():
            expected = ({"400", "413", "415"} if "requestBody" in operation else set()) | (
                {"404"} if "{" in path else set()
            )
            assert expected <= operation["responses"].keys(), path


@pytest.mark.parametrize("path", ["/v1/transactions", "/v1/transactions/batch", "/v1/labels"])
@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [(b"{", "application/json", 400), (b"{}", "text/plain", 415), (b" " * 2**26, "application/json", 413)],
    ids=["unreadable", "of another kind", "too large"],
)
async def test_a_refused_body_is_answered_as_described(
    service: Service, path: str, content: bytes, media_type: str, status: int
) -> None:
    headers = service.headers | {"Content-Type": media_type}
    answer = await service.client.post(path, content=content, headers=headers)
    described = (await description(service))["paths"][path]["post"]["responses"]
    assert answer.status_code == status
    assert answer.headers["content-type"] in described[str(status)]["content"]
