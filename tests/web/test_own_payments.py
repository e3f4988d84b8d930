"""A team's own payments are served: named columns from the API to the analyst's page and back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.artifacts import load_model
from app.database.server.session import transaction
from app.review.access.people import Role
from app.scoring.schema.document import schema_from
from tests.builders import value, with_policy
from tests.conftest import a_service
from tests.own_payments import SCHEMA, train_own_model
from tests.service import NOON, Service

FEATURES: dict[str, Any] = {"distance": 12.5, "orders_before": 3, "category": "food", "chip": True}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_own_model(tmp_path_factory.mktemp("own")).parent


@pytest_asyncio.fixture
async def shop(database_url: str, models: Path) -> AsyncIterator[Service]:
    async with a_service(database_url, models_dir=models) as service:
        yield service


def body(**features: Any) -> dict[str, Any]:
    return {
        "transaction_id": uuid4().hex,
        "occurred_at": NOON.isoformat(),
        "amount": "41.90",
        "currency": "EUR",
        "features": FEATURES | features,
        "attributes": {"card": "card-001"},
    }


def test_a_model_keeps_the_schema_it_learned_from(models: Path) -> None:
    model = load_model(models / "shop-1", device="cpu")
    assert model.schema.described == schema_from(SCHEMA)
    assert model.card["data"]["legit_weight"] == 1.0
    assert model.base_rate == pytest.approx(400 / 5000)
    assert model.certificate.frauds > 60


async def test_the_api_says_what_a_payment_may_hold(shop: Service) -> None:
    told = (await shop.get("/v1/model")).json()
    assert told["features"] == list(FEATURES)
    assert told["columns"][0] == {
        "name": "distance",
        "kind": "numeric",
        "unit": "km",
        "about": "From the customer's home to the shop.",
        "least": 0.0,
        "most": 20000.0,
        "may_be_missing": True,
    }
    assert schema_from((await shop.get("/v1/model/schema")).text) == schema_from(SCHEMA)
    openapi = (await shop.client.get("/openapi.json")).json()
    example = openapi["components"]["schemas"]["TransactionIn"]["example"]
    assert (await shop.post(example)).status_code == 200


@pytest.mark.parametrize("features", [{}, {"distance": None}, {"category": "gift cards", "chip": False}])
async def test_typed_values_are_scored_kept_and_given_back(shop: Service, features: dict[str, Any]) -> None:
    sent = body(**features)
    first = await shop.post(sent)
    assert first.status_code == 200, first.text
    again = await shop.post(sent)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    async with transaction(shop.services.cases.claims.engine) as connection:
        stored = (
            await connection.exec_driver_sql(
                "SELECT features FROM transactions WHERE transaction_id = $1", (sent["transaction_id"],)
            )
        ).scalar_one()
    told = FEATURES | features
    assert stored == {name: float(each) if isinstance(each, bool) else each for name, each in told.items()}
    decision = f"/v1/decisions/{first.json()['decision_id']}"
    replayed = await shop.client.post(f"{decision}/replay", headers=shop.headers)
    assert replayed.json()["equal"], replayed.text


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ({"distance": "far"}, 'distance must be a number, not "far".'),
        ({"distance": -1}, "distance must lie between 0 and 20000, not -1."),
        ({"orders_before": 1.5}, "orders_before must be a whole number, not 1.5."),
        ({"category": None}, "category must not be null."),
        ({"chip": "Y"}, 'chip must be true or false, not "Y".'),
        ({"V1": 1.0}, "V1 is not a feature of this model."),
    ],
)
async def test_a_wrong_value_is_refused_by_field_rule_and_value(
    shop: Service, features: dict[str, Any], sentence: str
) -> None:
    refused = await shop.post(body(**features))
    assert refused.status_code == 422
    (name,) = features
    assert refused.json()["errors"] == [{"field": f"features.{name}", "detail": sentence}]


async def test_an_unseen_word_is_novel(shop: Service) -> None:
    known, unseen = [(await shop.post(body(category=word))).json() for word in ("food", "helicopters")]
    assert unseen["score"]["novelty"] == 100.0
    assert known["score"]["novelty"] < 99
    assert (unseen["label"], unseen["reason"]) == ("unknown", "novel")


async def test_an_analyst_sees_named_columns_with_units(shop: Service) -> None:
    await with_policy(shop, approve_at_most=-50.0, decline_at_least=50.0, novelty_at_most=None)
    answered = await shop.post(body(category="gift cards", distance=None, orders_before=0, chip=False))
    assert answered.json()["label"] == "unknown"
    analyst = await shop.person(Role.ANALYST)
    async with await shop.browser(analyst) as browser:
        page = (await browser.get("/review", follow_redirects=True)).text
    told = ("distance", "missing", "orders_before", "category", "gift cards", "chip", "From the customer")
    assert all(each in page for each in told)
    assert "is unseen" not in page


async def test_texts_are_kept_beside_the_numbers(shop: Service) -> None:
    await shop.post(body())
    engine = shop.services.cases.claims.engine
    assert await value(engine, "SELECT count(*) FROM payments WHERE feature_texts IS NOT NULL") == 1
