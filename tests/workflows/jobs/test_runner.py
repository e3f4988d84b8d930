"""Jobs among replicas: each is run once, cancelled within seconds, and taken up where its process died."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.server.session import connect
from app.review.access.people import Account
from app.review.jobs import Ending, Job, JobEnded, JobNotFound, JobNotToBeRetried, JobState, StepKind
from app.workflows.jobs.jobs import Jobs
from app.workflows.jobs.report import JobFailed, JobReport
from tests.builders import rows, run, until, value
from tests.workflows.jobs.runners import HeldWork, a_manager, a_runner, asked, now, until_state

AS_IF_ITS_PROCESS_DIED = """
UPDATE jobs SET state = 'running', run = gen_random_uuid(), attempts = attempts + 1,
    heartbeat_at = now() - interval '1 hour' WHERE id = :id
"""


@pytest.fixture
def jobs(engine: AsyncEngine) -> Jobs:
    return Jobs(engine, clock=now)


@pytest.fixture
async def grace(engine: AsyncEngine) -> Account:
    return await a_manager(engine)


async def test_two_replicas_run_each_job_once_and_one_at_a_time(
    engine: AsyncEngine, database_url: str, jobs: Jobs, grace: Account
) -> None:
    work = HeldWork()
    asked_for = [await asked(jobs, grace, f"{number}.csv") for number in range(4)]
    async with a_runner(engine, database_url, work), a_runner(engine, database_url, work):
        await until_state(jobs, asked_for[0], JobState.RUNNING)
        await asyncio.sleep(1)
        assert work.begun == asked_for[:1]
        work.let_go.set()
        for each in asked_for:
            job = await until_state(jobs, each, JobState.SUCCEEDED)
            assert (job.attempts, job.progress, job.produced) == (1, 1, "a thing")
    assert sorted(work.begun) == asked_for
    assert work.most_at_once == 1


async def test_how_far_it_is_and_what_it_says_is_seen_while_it_runs(
    engine: AsyncEngine, database_url: str, jobs: Jobs, grace: Account
) -> None:
    work = HeldWork()
    job_id = await asked(jobs, grace)
    async with a_runner(engine, database_url, work):

        async def is_half_done() -> bool:
            return (await jobs.job(job_id))[0].progress == 0.5

        await until(is_half_done)
        job, steps = await jobs.job(job_id)
        assert job.saying == "half of it"
        assert [each.text for each in steps] == ["Begun, attempt 1 of 3.", "It was begun."]


async def test_a_running_job_is_cancelled_within_seconds_and_twice_is_once(
    engine: AsyncEngine, database_url: str, jobs: Jobs, grace: Account
) -> None:
    work, other = HeldWork(), await a_manager(engine)
    job_id = await asked(jobs, grace)
    async with a_runner(engine, database_url, work):
        await until_state(jobs, job_id, JobState.RUNNING)
        with pytest.raises(JobNotToBeRetried):
            await jobs.retry(grace, job_id, form=uuid4())
        async with asyncio.timeout(5):
            await jobs.cancel(grace, job_id)
            await jobs.cancel(other, job_id)
            job = await until_state(jobs, job_id, JobState.CANCELLED)
    await jobs.cancel(other, job_id)
    assert work.cut_off == 1
    assert job.cancel_asked_by == grace.display_name
    assert job.outcome == "Cancelled while it ran."


async def test_what_is_cancelled_while_it_waits_is_never_begun(
    engine: AsyncEngine, database_url: str, jobs: Jobs, grace: Account
) -> None:
    work = HeldWork()
    work.let_go.set()
    cancelled, wanted = await asked(jobs, grace, "a.csv"), await asked(jobs, grace, "b.csv")
    await jobs.cancel(grace, cancelled)
    async with a_runner(engine, database_url, work):
        await until_state(jobs, wanted, JobState.SUCCEEDED)
    assert work.begun == [wanted]
    assert (await jobs.job(cancelled))[0].outcome == "Cancelled before it began."
    with pytest.raises(JobEnded):
        await jobs.cancel(grace, wanted)


async def test_a_job_whose_process_died_is_begun_anew(
    engine: AsyncEngine, database_url: str, jobs: Jobs, grace: Account
) -> None:
    work = HeldWork()
    work.let_go.set()
    job_id = await asked(jobs, grace)
    await run(engine, AS_IF_ITS_PROCESS_DIED, id=job_id)
    async with a_runner(engine, database_url, work):
        job = await until_state(jobs, job_id, JobState.SUCCEEDED)
    assert job.attempts == 2


async def test_a_job_whose_processes_die_again_and_again_has_failed(
    engine: AsyncEngine, database_url: str, jobs: Jobs, grace: Account
) -> None:
    work = HeldWork()
    job_id = await asked(jobs, grace)
    for _ in range(3):
        await run(engine, AS_IF_ITS_PROCESS_DIED, id=job_id)
    async with a_runner(engine, database_url, work):
        job = await until_state(jobs, job_id, JobState.FAILED)
    assert job.outcome == "Begun 3 times; each time the process that ran it ended before it did."
    assert work.begun == []


async def test_a_service_that_stops_gives_its_job_back_for_another_one(
    engine: AsyncEngine, database_url: str, jobs: Jobs, grace: Account
) -> None:
    first, second = HeldWork(), HeldWork()
    second.let_go.set()
    job_id = await asked(jobs, grace)
    async with a_runner(engine, database_url, first):
        await until_state(jobs, job_id, JobState.RUNNING)
    assert first.cut_off == 1
    assert (await jobs.job(job_id))[0].state is JobState.QUEUED
    async with a_runner(engine, database_url, second):
        job = await until_state(jobs, job_id, JobState.SUCCEEDED)
    # Stopping in good order was no attempt.
    assert job.attempts == 1


async def test_whoever_has_lost_a_job_ends_its_work_and_writes_nothing(
    engine: AsyncEngine, database_url: str, jobs: Jobs, grace: Account
) -> None:
    work = HeldWork()
    job_id = await asked(jobs, grace)
    async with a_runner(engine, database_url, work):
        await until_state(jobs, job_id, JobState.RUNNING)
        await run(engine, "UPDATE jobs SET run = gen_random_uuid(), heartbeat_at = now() + interval '1 hour'")

        async def is_cut_off() -> bool:
            return work.cut_off == 1

        await until(is_cut_off)
    assert (await jobs.job(job_id))[0].state is JobState.RUNNING


async def test_without_a_database_the_work_ends_and_with_one_it_is_begun_anew(
    engine: AsyncEngine, database_url: str, jobs: Jobs, grace: Account
) -> None:
    work = HeldWork()
    job_id = await asked(jobs, grace)
    own = connect(database_url)
    async with a_runner(own, database_url, work):
        await until_state(jobs, job_id, JobState.RUNNING)
        # As a server that takes no writes: each heartbeat is refused.
        name = await value(engine, "SELECT current_database()")
        await run(engine, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await own.dispose()
        try:

            async def is_cut_off() -> bool:
                return work.cut_off == 1

            await until(is_cut_off)
        finally:
            await run(engine, f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await own.dispose()
        work.let_go.set()
        job = await until_state(jobs, job_id, JobState.SUCCEEDED)
    await own.dispose()
    assert len(work.begun) == 2
    assert job.produced == "a thing"


async def test_a_work_that_fails_says_so_in_its_sentence_and_a_fault_of_ours_in_none(
    engine: AsyncEngine, database_url: str, jobs: Jobs, grace: Account
) -> None:
    async def refuses(_job: Job, report: JobReport) -> Ending:
        report.say("card 4111 1111 1111 1111", StepKind.FAULT)
        raise JobFailed("The file holds 4111111111111111, of all things.")

    async def breaks(_job: Job, _report: JobReport) -> Ending:
        raise ZeroDivisionError("a secret of the code")

    refused, broken = await asked(jobs, grace, "a.csv"), 0
    async with a_runner(engine, database_url, refuses):
        job = await until_state(jobs, refused, JobState.FAILED)
    assert job.outcome == "The file holds •••• 1111, of all things."
    assert "4111 1111" not in str(await rows(engine, "SELECT text FROM job_steps"))
    broken = await asked(jobs, grace, "b.csv")
    async with a_runner(engine, database_url, breaks):
        job = await until_state(jobs, broken, JobState.FAILED)
    assert "secret" not in job.outcome


async def test_a_failed_job_is_tried_again_once_however_often_it_is_pressed(
    engine: AsyncEngine, database_url: str, jobs: Jobs, grace: Account
) -> None:
    other = await a_manager(engine)
    job_id = await asked(jobs, grace)
    await jobs.cancel(grace, job_id)
    tried = await asyncio.gather(*(jobs.retry(each, job_id, form=uuid4()) for each in (grace, other, grace)))
    assert len(set(tried)) == 1
    work = HeldWork()
    work.let_go.set()
    async with a_runner(engine, database_url, work):
        await until_state(jobs, tried[0], JobState.SUCCEEDED)
    assert work.begun == tried[:1]
    before, after = (await jobs.job(job_id))[0], (await jobs.job(tried[0]))[0]
    assert (before.retried_by, after.retry_of) == (tried[0], job_id)
    assert (before.may_be_retried, after.may_be_retried) == (False, False)


async def test_two_people_or_one_form_twice_ask_for_one_job(
    engine: AsyncEngine, jobs: Jobs, grace: Account
) -> None:
    other, form = await a_manager(engine), uuid4()
    at_once = await asyncio.gather(asked(jobs, grace), asked(jobs, other), asked(jobs, grace))
    assert len(set(at_once)) == 1
    await jobs.cancel(grace, at_once[0])
    first = await asked(jobs, grace, form=form)
    await jobs.cancel(grace, first)
    assert await asked(jobs, grace, form=form) == first
    assert await value(engine, "SELECT count(*) FROM jobs") == 2
    assert await value(engine, "SELECT count(*) FROM pgqueuer") == 2


async def test_a_job_that_is_not_there_is_named_so(jobs: Jobs, grace: Account) -> None:
    for move in (jobs.job(7), jobs.cancel(grace, 7), jobs.retry(grace, 7, form=uuid4())):
        with pytest.raises(JobNotFound):
            await move
