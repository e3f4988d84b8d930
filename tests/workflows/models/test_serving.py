"""A model that comes to a working installation decides nothing until people promote it."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.policies import lifecycle, policies
from app.database.server.session import transaction
from app.triage.policies.state import PolicyState
from tests.builders import approved, in_shadow, register_account, rows, until
from tests.conftest import a_service
from tests.models import shipped_under
from tests.service import NOON

FIRST, LATER = "2026-01-01a", "2026-01-02a"
VERSIONS = """
SELECT p.id, model_version, state, a.name AS author FROM policies p JOIN accounts a ON a.id = p.author_id
ORDER BY p.id
"""


async def test_on_a_new_database_the_newest_models_policy_decides(
    database_url: str, tmp_path: Path, engine: AsyncEngine
) -> None:
    async with a_service(database_url, models_dir=shipped_under(tmp_path, FIRST, LATER)):
        pass
    found = [tuple(row)[1:] for row in await rows(engine, VERSIONS)]
    assert found == [(LATER, "active", "system:train")]
    assert await rows(engine, "SELECT version FROM models ORDER BY 1") == [(FIRST,), (LATER,)]


async def test_a_model_that_comes_later_waits_as_a_draft_and_is_promoted_by_people(
    database_url: str, tmp_path: Path, engine: AsyncEngine
) -> None:
    async with a_service(database_url, models_dir=shipped_under(tmp_path, FIRST)):
        pass
    shipped_under(tmp_path, LATER)
    # Started again, and again: it is met for the first time only once.
    for _ in range(2):
        async with a_service(database_url, models_dir=tmp_path) as service:
            assert service.services.models.serving.pair.model.version == FIRST
    active, draft = await rows(engine, VERSIONS)
    assert tuple(active)[1:] == (FIRST, "active", "system:train")
    assert tuple(draft)[1:] == (LATER, "draft", "system:train")
    async with transaction(engine) as connection:
        version = await policies.by_id(connection, draft.id)
        assert version.certificate is not None
        manager = await register_account(connection)
        await lifecycle.move(connection, draft.id, PolicyState.SIMULATED, account_id=manager.id, now=NOON)
    async with a_service(database_url, models_dir=tmp_path) as service:
        await approved(service, draft.id)
        async with transaction(engine) as connection:
            await lifecycle.activate(connection, draft.id, account_id=manager.id, now=NOON)
        answer = (await service.post(service.body())).json()
        assert (answer["policy_version"], answer["model_version"]) == (draft.id, LATER)


async def test_shadows_are_followed_whatever_becomes_of_the_active_policy(
    database_url: str, tmp_path: Path, engine: AsyncEngine
) -> None:
    """One starts while the process runs, the other was there before it; both end with the database's word."""
    async with a_service(database_url, models_dir=shipped_under(tmp_path, FIRST)) as service:
        early = await in_shadow(service)
    async with a_service(database_url, models_dir=tmp_path) as service:
        late = await in_shadow(service, approve_at_most=-20.0)
        serving = service.services.models.serving
        assert [each.policy_id for each in serving.shadows] == [early, late]
        assert serving.shadows[1].policy.approve_at_most == -20.0
        async with transaction(engine) as connection:
            manager = await register_account(connection)
            for each in (early, late):
                await lifecycle.move(connection, each, PolicyState.RETIRED, account_id=manager.id, now=NOON)
            assert await connection.scalar(text("SELECT count(*) FROM policies WHERE state = 'shadow'")) == 0

        async def none_is_left() -> bool:
            return serving.shadows == ()

        await until(none_is_left)
