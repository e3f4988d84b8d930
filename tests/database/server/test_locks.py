"""The advisory locks of a database: one table of numbers, and none keeps another's work waiting."""

import re
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

import app
from app.database.policies.lifecycle import lock_moves
from app.database.policies.policies import lock_bootstrap
from app.database.server.locks import AdvisoryLock, try_to_keep, wait_for
from app.database.server.presence import only_demo
from app.database.server.session import transaction

MODULES = sorted(Path(app.__path__[0]).rglob("*.py"))
ASKED_BY_NUMBER = re.compile(r"advisory\w*\(:key\)|advisory\w*\(\s*\d|\b7_?239_?\d{3}\b")


@pytest.mark.parametrize(("held", "wanted"), list(permutations(AdvisoryLock, 2)))
async def test_no_lock_keeps_another_one_from_being_taken(
    engine: AsyncEngine, held: AdvisoryLock, wanted: AdvisoryLock
) -> None:
    async with engine.connect() as one, engine.connect() as other:
        await wait_for(one, held)
        assert await try_to_keep(other, wanted)
        assert not await try_to_keep(other, held)


def test_no_lock_is_taken_by_a_number_from_elsewhere() -> None:
    assert [module.name for module in MODULES if ASKED_BY_NUMBER.search(module.read_text())] == ["locks.py"]


async def test_policies_move_and_models_register_while_a_demo_runs(
    engine: AsyncEngine, database_url: str
) -> None:
    async with only_demo(database_url), transaction(engine) as connection:
        await connection.execute(text("SET LOCAL lock_timeout = '1s'"))
        await lock_moves(connection)
        await lock_bootstrap(connection)
