"""The API's own description is true: its examples work as they stand."""

from typing import Any

from app.web.api.schemas import TransactionIn
from tests.service import Service


async def description(service: Service) -> dict[str, Any]:
    return dict((await service.client.get("/openapi.json")).json())


async def test_the_example_is_a_payment_the_active_model_accepts(service: Service) -> None:
    example = (await description(service))["components"]["schemas"]["TransactionIn"]["example"]
    schema = service.everything.serving.pair.model.schema
    assert TransactionIn.model_validate(example).checked(schema, 1).transaction_id == "order-48213"
    answer = await service.post(example)
    assert answer.status_code == 200, answer.text
    assert set(example["features"]) == set(schema.names)


async def test_every_endpoint_is_described_with_its_problems(service: Service) -> None:
    paths = (await description(service))["paths"]
    assert set(paths) == {
        "/v1/transactions", "/v1/transactions/batch", "/v1/transactions/{transaction_id}", "/v1/outcomes",
        "/v1/labels", "/v1/decisions/{decision_id}/replay", "/v1/model", "/healthz", "/readyz",
    }  # fmt: skip
    for path, methods in paths.items():
        for operation in methods.values():
            assert operation["summary"], path
            if path.startswith("/v1/"):
                assert {"200", "401", "422", "503"} <= operation["responses"].keys(), path
                assert operation["security"] == [{"APIKeyHeader": []}], path


async def test_the_answer_is_described_as_it_comes(service: Service) -> None:
    schemas = (await description(service))["components"]["schemas"]
    answer = (await service.post(service.body())).json()
    assert set(schemas["AnswerOut"]["properties"]) == answer.keys()
    assert set(schemas["ScoreOut"]["properties"]) == answer["score"].keys()


async def test_no_page_is_part_of_the_api(service: Service) -> None:
    assert not [path for path in (await description(service))["paths"] if "desk" in path or "login" in path]
