"""What tests are given: a real PostgreSQL, a database of their own, a real service over it."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from hypothesis import settings
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.artifacts import Model, load_model
from app.cli.server.place import utc_now
from app.database.server.embedded import EmbeddedServer, attach
from app.database.server.session import connect
from app.main import create_app
from app.review.currency_rates import Rate
from app.settings import Settings
from app.web.services import Services
from app.workflows.models import serving
from tests.builders import FOREIGN
from tests.databases import Databases
from tests.models import MODELS
from tests.run_folder import RUN_FOLDER, run_folder
from tests.service import Service

#: How the service makes its hashes of passwords; tests make cheaper ones.
RECOMMENDED = PasswordHash.recommended


# Machines that run tests are busy: how long an example takes is no fact about it.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's folder; the test processes of the run inherit its name."""
    if not hasattr(config, "workerinput"):
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="tertium-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the run's folder when all its processes have ended."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(RUN_FOLDER), ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashes at the least cost; that ours cost what is recommended is a fact of its own."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PasswordHash, "recommended", lambda: cheap)
        yield


@pytest.fixture(scope="session", autouse=True)
def shipped_models_loaded_once() -> Iterator[None]:
    """Each service loads its models; those in the repository are the same for all of a process."""
    once = cache(load_model)

    def load(folder: Path, *, device: str) -> Model:
        return (once if folder.parent == MODELS else load_model)(folder, device=device)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serving, "load_model", load)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """One server for the whole run: every test process attaches to the same folder.

    Not under pytest's own temporary folder, which a later run may clear away while this one lasts.
    """
    with attach(run_folder() / "postgres", durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedServer) -> Databases:
    """This test process's migrated databases."""
    return Databases(postgres)


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A migrated database of the test's own."""
    with databases.lent() as url:
        yield url


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Connections to the test's own database."""
    engine = connect(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
def scratch_url(databases: Databases) -> Iterator[str]:
    """This test process's own copy; a template somebody is connected to cannot be copied."""
    with databases.lent() as url:
        yield url


@pytest_asyncio.fixture
async def connection(scratch_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection to a migrated database, whatever the test writes rolled back."""
    engine = connect(scratch_url)
    async with engine.connect() as connection:
        transaction = await connection.begin()
        yield connection
        await transaction.rollback()
    await engine.dispose()


@pytest_asyncio.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    """The whole service over the test's own database, called without a network."""
    async with a_service(database_url) as service:
        yield service


@pytest.fixture(scope="module")
def shared_url(databases: Databases) -> Iterator[str]:
    """A migrated database of the test module's own."""
    with databases.lent() as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_engine(shared_url: str) -> AsyncIterator[AsyncEngine]:
    """Connections to the module's own database."""
    engine = connect(shared_url)
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_service(shared_url: str) -> AsyncIterator[Service]:
    """One service for a module whose tests leave no trace that matters to each other.

    Such a module is marked `asyncio(loop_scope="module")`.
    """
    async with a_service(shared_url) as service:
        yield service


#: A service whose verdicts leave the house at once, and whose chance opens no second looks; on a busy machine
#: its model is not taken for one that is away.
QUIET: dict[str, object] = {
    "seed": 7,
    "undo_seconds": 0,
    "second_look_share": 0,
    "second_look_from": 1e12,
    "gold_share": 0,
    "scoring_timeout_ms": 60_000,
}


@asynccontextmanager
async def a_service(
    database_url: str, *, rates: Mapping[str, str] | None = None, **settings: object
) -> AsyncIterator[Service]:
    """Run the whole application over a database, with these settings.

    Unless told otherwise, the currency no model here has learned is worth as much as the base currency.
    """
    app = create_app(Settings(**(QUIET | settings)), database_url)  # type: ignore[arg-type]
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        told = {FOREIGN: "1"} if rates is None else rates
        if told != {
            code: f"{each.rate:f}" for code, each in services.payments.exchange_rates.table.rates.items()
        }:
            await services.payments.exchange_rates.add(
                [
                    Rate(currency=code, rate=Decimal(rate), as_of=date(2026, 5, 1))
                    for code, rate in told.items()
                ]
            )
        key = await services.access.api_keys.add("test client", utc_now(), replace=True)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield Service(app=app, services=services, client=client, key=key)


def sample_file() -> Path | None:
    """Return the real data sample, where there is one."""
    named = Path(os.environ.get("TERTIUM_DATA", "../shared/data/creditcard-sample.csv"))
    return named if named.exists() else None
