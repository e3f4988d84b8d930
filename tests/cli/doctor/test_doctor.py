"""`tertium doctor` names what is wrong, on real databases that are wrong in each way."""

import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from app.cli.commands import tertium
from app.cli.doctor import database, machine
from app.cli.doctor.database import _clock
from app.cli.doctor.findings import Finding, State, worst
from app.cli.server.environment import unknown_settings
from app.database.operations import diagnosis
from app.database.operations.diagnosis import ServerDescription
from app.database.server.embedded import EmbeddedServer
from app.settings import REPOSITORY, Settings
from tests.builders import driver

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


async def findings(url: str) -> dict[str, Finding]:
    return {each.check: each for each in await database.database(url, pool_size=12)}


@asynccontextmanager
async def a_backend(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await driver(url)
    try:
        yield connection
    finally:
        await connection.close()


def name_of(url: str) -> str:
    return make_url(url).database or ""


async def test_a_healthy_database_has_nothing_wrong(database_url: str) -> None:
    found = await findings(database_url)
    # The tests' server does not wait for its disk, and doctor says so.
    assert {each.check for each in found.values() if each.state is not State.OK} == {"durability"}
    assert found["migrations"].told.startswith("at the newest")


async def test_a_read_only_database_fails(database_url: str) -> None:
    async with a_backend(database_url) as backend:
        await backend.execute(
            f'ALTER DATABASE "{name_of(database_url)}" SET default_transaction_read_only = on'
        )
    found = (await findings(database_url))["writing"]
    assert (found.state, "read-only" in found.told) == (State.FAIL, True)
    assert "default_transaction_read_only" in found.advice


async def test_a_database_of_another_encoding_fails(postgres: EmbeddedServer) -> None:
    name = f"latin_{uuid4().hex}"
    async with a_backend(postgres.url("postgres")) as backend:
        await backend.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        found = await findings(postgres.url(name))
        await backend.execute(f"DROP DATABASE {name}")
    assert found["encoding"].state is State.FAIL
    assert found["migrations"].state is State.FAIL
    assert "tertium migrate" in found["migrations"].advice


async def test_a_role_without_rights_fails_by_the_tables_name(database_url: str) -> None:
    role = f"reader_{uuid4().hex}"
    async with a_backend(database_url) as backend:
        await backend.execute(f"CREATE ROLE {role} LOGIN")
        await backend.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        found = await findings(
            make_url(database_url).set(username=role).render_as_string(hide_password=False)
        )
        await backend.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    assert found["rights"].state is State.FAIL
    assert "account" in found["rights"].told
    assert role in found["rights"].advice


async def test_a_transaction_that_stays_open_is_named(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "OPEN_TOO_LONG_SECONDS", 0.0)
    async with a_backend(database_url) as backend:
        await backend.execute("BEGIN")
        pid = await backend.fetchval("SELECT pg_backend_pid()")
        found = (await findings(database_url))["open transactions"]
    assert (found.state, f"process {pid}" in found.told) == (State.WARN, True)
    assert f"pg_terminate_backend({pid})" in found.advice


async def test_a_server_that_is_not_there_is_one_finding_without_its_password(tmp_path: Path) -> None:
    for url in (
        "postgresql+asyncpg://ada:tellnobody@127.0.0.1:1/tertium",
        f"postgresql+asyncpg://ada:tellnobody@/tertium?host={tmp_path}",
    ):
        (found,) = await database.database(url, pool_size=12)
        assert (found.check, found.state) == ("database", State.FAIL)
        assert "tellnobody" not in found.told + found.advice


@pytest.mark.parametrize(
    ("apart", "state"),
    [(0.2, State.OK), (5, State.WARN), (-5, State.WARN), (300, State.FAIL), (-300, State.FAIL)],
)
def test_clocks_that_differ_are_told_by_how_much(apart: float, state: State) -> None:
    now = NOON + timedelta(seconds=apart)
    about = ServerDescription(
        version="18", version_number=180000, encoding="UTF8", role="ada", is_standby=False,
        is_read_only=False, is_durable=True, most_connections=100, connections=1, now=now,
    )  # fmt: skip
    assert _clock(about, NOON, NOON).state is state
    assert f"{abs(apart):.2f} s" in _clock(about, NOON, NOON).told


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TERTIUM_PROT", "TERTIUM_PORT"),
        ("TERTIUM_DATABSE_URL", "TERTIUM_DATABASE_URL"),
        ("TERTIUM_LOGFORMAT", "TERTIUM_LOG_FORMAT"),
        ("TERTIUM_QUARTZ", None),
    ],
)
def test_a_misspelt_setting_is_named_with_what_was_meant(name: str, meant: str | None) -> None:
    assert unknown_settings({name: "1", "HOME": "/", "TERTIUM_PORT": "1", "TERTIUM_TOKEN": "x"}) == {
        name: meant
    }


def test_every_name_that_the_code_speaks_of_is_known() -> None:
    spoken = {
        name
        for file in (REPOSITORY / "app").rglob("*.py")
        if file.name != "environment.py"  # it names others' on purpose
        for name in re.findall(r"TERTIUM_[A-Z_]+", file.read_text())
    }
    assert len(spoken) > 5
    assert unknown_settings(spoken) == {}


def test_a_model_that_was_touched_fails(tmp_path: Path) -> None:
    shutil.copytree(Settings().models_dir, tmp_path / "models")
    settings = Settings(models_dir=tmp_path / "models")
    assert worst(list(machine.models(settings))) is State.OK
    policy = next((tmp_path / "models").glob("*/policy.json"))
    policy.write_text(policy.read_text() + " ")
    (found,) = (each for each in machine.models(settings) if each.state is not State.OK)
    assert (found.state, "sha256 differs" in found.told) == (State.FAIL, True)
    (found,) = machine.models(Settings(models_dir=tmp_path / "none"))
    assert (found.state, "no model" in found.told) == (State.FAIL, True)


def test_the_command_prints_a_document_and_exits_by_the_worst(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERTIUM_DATABASE_URL", database_url)
    monkeypatch.setenv("TERTIUM_PROT", "1")
    told = CliRunner().invoke(tertium, ["doctor", "--json"])
    assert told.exit_code == 0, told.output
    document = json.loads(told.stdout)
    assert document["state"] == "warn"
    assert {"settings", "models", "database", "clock", "rights"} <= {
        each["check"] for each in document["checks"]
    }
    monkeypatch.setenv("TERTIUM_DATABASE_URL", "postgresql+asyncpg://ada@127.0.0.1:1/tertium")
    told = CliRunner().invoke(tertium, ["doctor"])
    assert (told.exit_code, "fail database" in told.output) == (1, True)
    monkeypatch.setenv("TERTIUM_PORT", "no number")
    told = CliRunner().invoke(tertium, ["doctor"])
    assert (told.exit_code, "TERTIUM_PORT" in told.output) == (2, True)


async def test_prepared_transactions_and_slots_are_asked_for(database_url: str) -> None:
    from app.database.server.session import connect, transaction

    engine = connect(database_url)
    async with transaction(engine) as connection:
        assert await diagnosis.prepared(connection) == []
        assert await diagnosis.dead_slots(connection) == []
    await engine.dispose()
