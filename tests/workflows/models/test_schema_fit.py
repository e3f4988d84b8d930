"""A model of another schema says before it decides that payments would all go to people."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.policies import lifecycle
from app.database.server.session import transaction
from app.review.access.people import Role
from app.triage.policies.state import PolicyState
from app.workflows.policies.ground import Ground
from tests.builders import approved, rows
from tests.conftest import a_service
from tests.models import shipped_under
from tests.own_payments import train_own_model
from tests.service import NOON, Service

SHIPPED, SHOP = "2026-01-01a", "shop-1"
PAYMENTS = 3
WARNING = f"{PAYMENTS} of the last {PAYMENTS} payments do not fit the schema of model {SHOP}"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped model and one of a shop's own columns."""
    folder = tmp_path_factory.mktemp("fit")
    train_own_model(folder)
    return folder


@pytest.fixture
async def service(own: Path, database_url: str) -> AsyncIterator[Service]:
    """The shipped model decides; the shop's came later and waits as a draft."""
    models = own / "models"
    hidden = own / SHOP
    (models / SHOP).rename(hidden)
    if not (models / SHIPPED).exists():
        shipped_under(models, SHIPPED)
    async with a_service(database_url, models_dir=models):
        pass
    hidden.rename(models / SHOP)
    async with a_service(database_url, models_dir=models) as running:
        for _ in range(PAYMENTS):
            assert (await running.post(running.body())).status_code == 200
        yield running


async def a_draft(engine: AsyncEngine) -> int:
    (draft,) = await rows(engine, f"SELECT id FROM policies WHERE model_version = '{SHOP}'")
    return int(draft.id)


async def test_pages_and_programs_are_told_that_payments_do_not_fit(
    service: Service, engine: AsyncEngine
) -> None:
    draft, page = await a_draft(engine), await service.browser(await service.person(Role.MANAGER))
    for address in ("/models", f"/thresholds/versions/{draft}"):
        shown = (await page.get(address)).text
        assert WARNING in shown
        assert f"schema of model {SHIPPED}" not in shown
    assert "do not fit the schema" not in (await page.get("/thresholds")).text
    told = (await page.get(f"/v1/policies/{draft}")).json()
    assert told["schema_warning"].startswith(WARNING)
    assert "is missing." in told["schema_warning"]
    active = service.services.models.serving.pair.policy_id
    assert (await page.get(f"/v1/policies/{active}")).json()["schema_warning"] == ""


async def test_before_it_is_activated_and_while_it_decides_in_shadow(
    service: Service, engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    draft, page = await a_draft(engine), await service.browser(await service.person(Role.MANAGER))
    life, manager = service.services.policies.lifecycle, await service.person(Role.MANAGER)
    async with transaction(engine) as connection:
        await lifecycle.move(connection, draft, PolicyState.SIMULATED, account_id=manager.id, now=NOON)
    with caplog.at_level(logging.WARNING):
        ground = Ground(active_id=service.services.models.serving.pair.policy_id)
        await life.start_shadow(manager, draft, ground)
    assert any("payments do not fit the schema" in record.getMessage() for record in caplog.records)
    assert WARNING in (await page.get("/thresholds")).text
    await life.end_shadow(manager, draft, ground)
    await approved(service, draft)
    assert WARNING in (await page.get(f"/thresholds/versions/{draft}/activate")).text
