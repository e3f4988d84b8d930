"""A model that comes to a working installation decides nothing until people promote it."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.artifacts import ArtifactRefused
from app.database.policies import lifecycle, policies
from app.database.server.session import transaction
from app.review.access.people import Role
from app.triage.policies.state import PolicyState
from app.workflows.policies.ground import Ground
from app.workflows.policies.refusals import ModelUnusable
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


def damage(model: Path) -> None:
    """Change one byte of a model's weights, as a failing disk does."""
    weights = next(path for path in sorted(model.iterdir()) if path.suffix == ".safetensors")
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)


async def test_a_damaged_model_among_several_is_told_and_left_out(
    database_url: str, tmp_path: Path, engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_service(database_url, models_dir=shipped_under(tmp_path, FIRST)):
        pass
    damage(shipped_under(tmp_path, LATER) / LATER)
    async with a_service(database_url, models_dir=tmp_path) as service:
        assert (await service.post(service.body())).json()["model_version"] == FIRST
    assert await rows(engine, "SELECT version FROM models") == [(FIRST,)]
    assert any("a model is left out" in record.getMessage() for record in caplog.records)


async def test_on_a_new_database_the_newest_sound_model_decides(database_url: str, tmp_path: Path) -> None:
    damage(shipped_under(tmp_path, FIRST, LATER) / LATER)
    async with a_service(database_url, models_dir=tmp_path) as service:
        assert service.services.models.serving.pair.model.version == FIRST


async def test_damage_of_the_model_that_decides_stops_the_start(database_url: str, tmp_path: Path) -> None:
    async with a_service(database_url, models_dir=shipped_under(tmp_path, FIRST)):
        pass
    shipped_under(tmp_path, LATER)
    damage(tmp_path / FIRST)
    with pytest.raises(ArtifactRefused, match=FIRST):
        async with a_service(database_url, models_dir=tmp_path):
            pass


async def test_where_no_model_is_sound_the_start_says_so(database_url: str, tmp_path: Path) -> None:
    damage(shipped_under(tmp_path, FIRST) / FIRST)
    with pytest.raises(ArtifactRefused, match=r"Of 1 models in .* none can be loaded"):
        async with a_service(database_url, models_dir=tmp_path):
            pass


async def test_nothing_comes_to_depend_on_a_model_that_cannot_be_loaded(
    database_url: str, tmp_path: Path, engine: AsyncEngine
) -> None:
    """It was sound when its policy was drafted; a process that has not loaded it yet finds it damaged."""
    async with a_service(database_url, models_dir=shipped_under(tmp_path, FIRST)):
        pass
    shipped_under(tmp_path, LATER)
    async with a_service(database_url, models_dir=tmp_path):
        pass
    damage(tmp_path / LATER)
    async with a_service(database_url, models_dir=tmp_path) as service:
        life, manager = service.services.policies.lifecycle, await service.person(Role.MANAGER)
        (draft,) = await rows(engine, "SELECT id FROM policies WHERE state = 'draft'")
        async with transaction(engine) as connection:
            await lifecycle.move(connection, draft.id, PolicyState.SIMULATED, account_id=manager.id, now=NOON)
        ground = Ground(active_id=service.services.models.serving.pair.policy_id)
        with pytest.raises(ModelUnusable, match=f"nothing was changed. .*{LATER}"):
            await life.start_shadow(manager, draft.id, ground)
        await approved(service, draft.id)
        with pytest.raises(ModelUnusable):
            await life.activate(manager, draft.id, ground, reason="It is time.", answers={})
        with pytest.raises(ModelUnusable):
            await life.schedule(
                manager, draft.id, ground, NOON + timedelta(days=9999), reason="Later.", answers={}
            )
        (version,) = await rows(engine, f"SELECT state FROM policies WHERE id = {draft.id}")
        assert version.state == "approved"
        assert (await service.post(service.body())).json()["model_version"] == FIRST


async def test_what_was_scheduled_waits_for_people_where_its_model_is_damaged_by_then(
    database_url: str, tmp_path: Path, engine: AsyncEngine
) -> None:
    async with a_service(database_url, models_dir=shipped_under(tmp_path, FIRST)):
        pass
    shipped_under(tmp_path, LATER)
    async with a_service(database_url, models_dir=tmp_path) as service:
        manager = await service.person(Role.MANAGER)
        (draft,) = await rows(engine, "SELECT id FROM policies WHERE state = 'draft'")
        async with transaction(engine) as connection:
            await lifecycle.move(connection, draft.id, PolicyState.SIMULATED, account_id=manager.id, now=NOON)
        await approved(service, draft.id)
    damage(tmp_path / LATER)
    async with a_service(database_url, models_dir=tmp_path) as service:
        async with transaction(engine) as connection:
            await lifecycle.schedule(
                connection, draft.id, NOON, account_id=manager.id, now=NOON - timedelta(days=1)
            )
        await service.services.policies.lifecycle.activate_due()
        (version,) = await rows(engine, f"SELECT state FROM policies WHERE id = {draft.id}")
        assert version.state == "approved"
        story = await rows(
            engine, f"SELECT details FROM policy_events WHERE policy_id = {draft.id} ORDER BY id DESC LIMIT 1"
        )
        assert LATER in story[0].details["model_unusable"]
