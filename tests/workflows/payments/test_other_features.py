"""Another feature set becomes active: a caller's payment is never taken for an outage of the model."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncEngine

from app.scoring.schema.encoding import Encoding
from app.scoring.schema.schema import numeric_schema
from tests.builders import ALL_LEGIT, a_transaction, value, with_policy
from tests.service import Service


def let_other_features_decide(service: Service) -> None:
    """Let the active model read its first column under another name, as a newer model would."""
    serving = service.services.models.serving
    model = serving.pair.model
    names = ("W1", *model.schema.names[1:])
    encoding = Encoding(schema=numeric_schema(names))
    schema = replace(model.schema, encoding=encoding)
    serving._pair = replace(serving.pair, model=replace(model, schema=schema))


async def test_a_payment_checked_for_one_model_and_decided_by_another_goes_to_people(
    service: Service, engine: AsyncEngine
) -> None:
    await with_policy(service, **ALL_LEGIT)
    services = service.services
    before, pair = [a_transaction(service) for _ in range(3)], services.models.serving.pair
    let_other_features_decide(service)
    heard = await services.payments.intake.receive_many(before)
    assert {(answer.label, answer.reason, answer.score) for answer in heard} == {  # type: ignore[union-attr]
        ("unknown", "features_unsupported", None)
    }
    services.models.serving._pair = pair  # the next payment meets the model it was written for
    assert (await service.post(service.body())).json()["label"] == "legit"
    assert services.models.scorer.is_available
    waiting = "SELECT count(*) FROM cases WHERE state = 'open' AND awaits_model"
    assert await value(engine, waiting) == 0
    assert await value(engine, "SELECT count(*) FROM cases WHERE state = 'open'") == 3


async def test_what_was_answered_is_answered_again_before_todays_model_looks_at_it(service: Service) -> None:
    body, other = service.body(), service.body()
    first = await service.post(body)
    let_other_features_decide(service)
    again = await service.post(body)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    batch = await service.client.post(
        "/v1/transactions/batch", json=[body, other, body | {"amount": "7"}], headers=service.headers
    )
    said = batch.json()["results"]
    assert [row["status"] for row in said] == [200, 422, 422]
    assert said[0]["answer"] == first.json()
    assert [error["field"] for error in said[1]["problem"]["errors"]] == ["features.W1", "features.V1"]
