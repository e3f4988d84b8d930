"""An installation gets its lists, and goes back only while they decided nothing."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from app.database.server.migrations import migrate, migrate_down
from app.review.access.people import Role
from app.review.lists.entry import EntityKind, NewEntry
from app.triage.labels import Listed
from tests.builders import ALL_LEGIT, with_policy
from tests.conftest import a_service
from tests.service import Service

BEFORE = "0024"
DEVICE = {"device": "d-93ab41c7"}


async def blocked(service: Service) -> None:
    lists = service.services.cases.entity_lists
    new = NewEntry(
        kind=EntityKind.DEVICE,
        value=DEVICE["device"],
        effect=Listed.BLOCK,
        reason="seen in three frauds",
        expires_at=lists.clock() + timedelta(days=1),
    )
    await lists.add(await service.person(Role.MANAGER), new)


async def test_it_goes_down_and_up_again_and_decides_by_lists(database_url: str) -> None:
    async with a_service(database_url) as service:
        await with_policy(service, **ALL_LEGIT)
        await blocked(service)
        first = (await service.post(body := service.body())).json()
    await migrate_down(database_url, revision=BEFORE)
    await migrate(database_url)
    async with a_service(database_url) as service:
        assert (await service.post(body)).json() == first
        assert (await service.post(service.body(attributes=DEVICE))).json()["label"] == "legit"
        await blocked(service)
        assert (await service.post(service.body(attributes=DEVICE))).json()["reason"] == "blocked"
    with pytest.raises(DBAPIError, match="lists have decided payments"):
        await migrate_down(database_url, revision=BEFORE)
