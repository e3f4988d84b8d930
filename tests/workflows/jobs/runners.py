"""Runners of jobs as two replicas have them, and works that tests hold in their hands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.jobs.queue import QueueTimes
from app.database.server.session import connect_for_statements, transaction
from app.review.access.people import Account
from app.review.jobs import Asking, Ending, Job, JobKind, JobState
from app.workflows.jobs.jobs import Jobs
from app.workflows.jobs.report import JobReport
from app.workflows.jobs.runner import JobRunner, JobTimes
from tests.builders import register_account, until
from tests.patience import PATIENCE_SECONDS

#: A tenth of what a service waits, so that tests need not.
QUICK = JobTimes(
    queue=QueueTimes(look=timedelta(seconds=0.3), lost=timedelta(seconds=2)), beat=timedelta(seconds=0.05)
)
DONE = Ending(state=JobState.SUCCEEDED, outcome="Done.", produced="a thing")


def now() -> datetime:
    return datetime.now(tz=UTC)


class HeldWork:
    """Works until it is let go; counts how often it was begun, and how often it was cut off."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.cut_off = 0
        self.at_once = self.most_at_once = 0
        self.let_go = asyncio.Event()

    async def __call__(self, job: Job, report: JobReport) -> Ending:
        self.begun.append(job.id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        report.is_at(0.5, "half of it")
        report.say("It was begun.")
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.cut_off += 1
            raise
        finally:
            self.at_once -= 1
        return DONE


@asynccontextmanager
async def a_runner(engine: AsyncEngine, url: str, work: object) -> AsyncIterator["asyncio.Task[None]"]:
    """Run jobs as one replica does, until the block ends."""
    statements = connect_for_statements(url)
    runner = JobRunner(engine, statements, {JobKind.TRAINING: work}, clock=now, times=QUICK)  # type: ignore[dict-item]
    running = asyncio.create_task(runner.work())
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.wait({running})
        await statements.dispose()


async def a_manager(engine: AsyncEngine) -> Account:
    async with transaction(engine) as connection:
        return await register_account(connection)


def a_wish(subject: str = "orders.csv") -> Asking:
    return Asking(kind=JobKind.TRAINING, subject=subject, arguments={"file": subject})


async def asked(jobs: Jobs, account: Account, subject: str = "orders.csv", form: UUID | None = None) -> int:
    return await jobs.ask(account, a_wish(subject), form=form or uuid4())


async def until_state(jobs: Jobs, job_id: int, state: JobState, *, seconds: float = PATIENCE_SECONDS) -> Job:
    """Wait until a job stands so."""

    async def stands_so() -> bool:
        now_is, steps = await jobs.job(job_id)
        assert now_is.state is state or not now_is.state.has_ended, (now_is.outcome, steps)
        return now_is.state is state

    await until(stands_so, seconds=seconds)
    return (await jobs.job(job_id))[0]
