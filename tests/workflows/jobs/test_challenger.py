"""Challengers: posted and judged payments, a real training by a job, a version in shadow."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.server.place import utc_now
from app.database.policies import lifecycle
from app.database.server.session import connect, transaction
from app.learning.splits import Split
from app.review.access.people import Role
from app.review.jobs import Job, JobKind, JobState
from app.triage.policies.state import PolicyState
from app.workflows.jobs.challenger import NightlyChallenger, a_challenger, challenger_words
from app.workflows.jobs.training import TrainingCommand
from tests.builders import Clock, csrf_token, in_shadow, rows, run, value
from tests.cli.training.test_from_database import Shop, filled, posted, recorded
from tests.conftest import a_service
from tests.databases import Databases
from tests.own_payments import train_own_model
from tests.service import Service
from tests.web.pages.jobs.job_builders import RUNNING
from tests.workflows.jobs.runners import until_state

#: A start of the command and a training, on a busy machine.
TRAINED_SECONDS = 240
#: So many days hold the made-up payments, whatever the date is.
EVER = 3650
SHADOWS = """
SELECT p.id, p.state, p.model_version, a.name AS author, p.certificate IS NOT NULL AS promises, p.reason
FROM policies p JOIN accounts a ON a.id = p.author_id WHERE p.state = 'shadow'
"""
ACTIVE = "SELECT model_version FROM active_policy"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("challenged")
    train_own_model(folder)
    with databases.lent() as url:
        yield asyncio.run(filled(folder, url))


@pytest.fixture
async def service(shop: Shop) -> AsyncIterator[Service]:
    async with a_service(
        shop.url,
        models_dir=shop.folder / "models",
        training_recipe=shop.folder / "small.toml",
        challenger_days=EVER,
    ) as running:
        yield running


async def asked_by_night(service: Service) -> int:
    """Let one night pass; return how many jobs were asked for in it."""
    engine, asked = service.services.cases.claims.engine, "SELECT count(*) FROM jobs"
    before = await value(engine, asked)
    nightly = NightlyChallenger(
        engine,
        a_challenger(EVER),
        hour=2,
        is_one_in_shadow=service.services.policies.challengers.is_one_in_shadow,
        clock=Clock(datetime(2026, 5, 2, 2, tzinfo=UTC)),
    )
    await nightly.tick()
    manager = await service.person(Role.MANAGER)
    for job in await rows(engine, "SELECT id FROM jobs WHERE ended_at IS NULL"):
        await service.services.jobs.jobs.cancel(manager, job.id)
    return int(await value(engine, asked) - before)


async def none_in_shadow() -> bool:
    return False


async def asked(service: Service, browser: httpx.AsyncClient) -> int:
    token = await csrf_token(service, browser)
    answer = await browser.post("/jobs/challenger", data={"csrf_token": token, "form": str(uuid4())})
    assert answer.status_code == 303, answer.text
    return int(answer.headers["location"].rpartition("/")[2])


async def ended(service: Service, job_id: int, state: JobState) -> Job:
    return await until_state(service.services.jobs.jobs, job_id, state, seconds=TRAINED_SECONDS)


async def test_a_challenger_is_trained_drafted_and_in_shadow_and_decides_nothing(
    shop: Shop, service: Service
) -> None:
    engine = service.services.cases.claims.engine
    before = await value(engine, ACTIVE)
    async with await service.browser(await service.person(Role.MANAGER)) as browser:
        job_id = await asked(service, browser)
        assert await asked(service, browser) == job_id
        job = await ended(service, job_id, JobState.SUCCEEDED)
        assert job.produced in (await browser.get(f"/jobs/{job_id}")).text
    (shadow,) = await rows(engine, SHADOWS)
    assert (shadow.author, shadow.promises) == ("system:challenger", True)
    assert shadow.model_version == job.produced
    assert f"version {shadow.id}" in job.outcome
    card = await value(engine, "SELECT card FROM models WHERE version = :version", version=job.produced)
    assert card["data"]["stored_payments"]["sources"]["checked"]["frauds"] == shop.given["checked", True]
    # What decides is the same, and the challenger says beside it what it would have decided.
    assert await value(engine, ACTIVE) == before
    payment = recorded(shop.folder)[0]
    payment["body"]["transaction_id"] = "after-the-challenger"
    await posted(service, [payment])
    said = "SELECT count(*) FROM shadow_decisions WHERE policy_id = :id AND score_id IS NOT NULL"
    assert await value(engine, said, id=shadow.id) == 1
    # A process that ended before it could say so is followed by another one: nothing is there twice.
    await service.services.policies.challengers.enter(job.produced)
    assert await rows(engine, SHADOWS) == [shadow]


async def test_too_few_truths_end_the_job_with_a_sentence(shop: Shop) -> None:
    async with (
        a_service(shop.url, models_dir=shop.folder / "models", challenger_days=1) as service,
        await service.browser(await service.person(Role.ADMIN)) as browser,
    ):
        job = await ended(service, await asked(service, browser), JobState.FAILED)
    assert "the database knows of no frauds" in job.outcome


async def test_without_room_in_shadow_nothing_is_trained(shop: Shop, service: Service) -> None:
    engine = service.services.cases.claims.engine
    while len(await rows(engine, SHADOWS)) < 3:
        await in_shadow(service, approve_at_most=-20.0)
    async with await service.browser(await service.person(Role.MANAGER)) as browser:
        job = await ended(service, await asked(service, browser), JobState.FAILED)
    assert job.outcome.startswith("Three versions are in shadow already")
    assert not (shop.folder / "models" / f"{job.asked_at:%Y-%m-%d}-job{job.id}").exists()


async def test_no_night_asks_while_a_challenger_is_in_shadow(service: Service) -> None:
    """One of the tests before; shadows of people stop no night."""
    engine, is_there = service.services.cases.claims.engine, "system:challenger"
    (shadow,) = [each for each in await rows(engine, SHADOWS) if each.author == is_there]
    assert await asked_by_night(service) == 0
    manager = await service.person(Role.MANAGER)
    async with transaction(engine) as connection:
        await lifecycle.move(
            connection, shadow.id, PolicyState.SIMULATED, account_id=manager.id, now=utc_now()
        )
    assert len(await rows(engine, SHADOWS)) == 2
    assert await asked_by_night(service) == 1


async def test_analysts_cannot_ask_for_one(service: Service) -> None:
    async with await service.browser(await service.person(Role.ANALYST)) as browser:
        assert (await browser.post("/jobs/challenger", data={"form": str(uuid4())})).status_code == 403


async def test_each_night_asks_once_whoever_comes_first(engine: AsyncEngine, database_url: str) -> None:
    clock, other = Clock(datetime(2026, 5, 2, 1, 59, tzinfo=UTC)), connect(database_url)
    wanted = a_challenger(90)
    nights = [
        NightlyChallenger(each, wanted, hour=2, is_one_in_shadow=none_in_shadow, clock=clock)
        for each in (engine, other, engine)
    ]
    try:
        await nights[0].tick()
        assert await value(engine, "SELECT count(*) FROM jobs") == 0
        for night in (1, 2):
            clock.passes(minutes=2)
            await asyncio.gather(*(each.tick() for each in nights))
            await asyncio.gather(*(each.tick() for each in nights))
            assert await value(engine, "SELECT count(*) FROM jobs") == night
            assert await value(engine, "SELECT count(*) FROM pgqueuer") == night
            await run(engine, "UPDATE jobs SET state = 'cancelled', ended_at = now() WHERE ended_at IS NULL")
            clock.passes(hours=24, minutes=-2)
    finally:
        await other.dispose()
    (job,) = await rows(engine, "SELECT kind, asked_by, arguments FROM jobs ORDER BY id LIMIT 1")
    assert (job.kind, job.arguments) == (JobKind.CHALLENGER, {"days": "90"})
    assert (
        await value(engine, "SELECT name FROM accounts WHERE id = :id", id=job.asked_by)
        == "system:challenger"
    )


@pytest.mark.parametrize(("split", "told"), [(None, []), (Split.STRATIFIED, ["--split", "stratified"])])
def test_a_challengers_rows_are_parted_as_the_operator_says(split: Split | None, told: list[str]) -> None:
    moment = datetime(2026, 5, 2, tzinfo=UTC)
    job = replace(RUNNING, kind=JobKind.CHALLENGER, arguments={"days": "90"}, asked_at=moment)
    command = TrainingCommand(words=("tertium",), models_dir=Path("models"), recipe=None, split=split)
    words = challenger_words(command, job, "a", {})
    assert words == [
        *("tertium", "train", "--from-database", "--since", "2026-02-01T00:00:00"),
        *("--models-dir", "models", "--version", "a"),
        *told,
    ]


async def test_no_night_asks_unless_an_hour_is_set(engine: AsyncEngine) -> None:
    clock = Clock(datetime(2026, 5, 2, tzinfo=UTC))
    nightly = NightlyChallenger(
        engine, a_challenger(90), hour=None, is_one_in_shadow=none_in_shadow, clock=clock
    )
    for _ in range(24):
        await nightly.tick()
        clock.passes(hours=1)
    assert await value(engine, "SELECT count(*) FROM jobs") == 0
