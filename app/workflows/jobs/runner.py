"""Runs jobs in this process: keeps each alive while its work goes on, and ends it as it must end."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.jobs import asking, running
from app.database.jobs.queue import QueueTimes, work_off
from app.database.jobs.running import TakingUp
from app.database.server.session import DatabaseUnavailable, transaction
from app.observability.logs import logger_of
from app.review.jobs import Ending, Job, JobKind, JobState
from app.workflows.jobs.report import JobFailed, JobReport, JobWork, shown_ending

logger = logger_of(__name__)

CANCELLED = Ending(state=JobState.CANCELLED, outcome="Cancelled while it ran.")
UNEXPECTED = Ending(
    state=JobState.FAILED,
    outcome="It ended by a fault of the service, which stands in its log; it may be tried again.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTimes:
    """How often a job says that it goes on, and how often it is begun."""

    queue: QueueTimes = field(default_factory=QueueTimes)
    beat: timedelta = timedelta(seconds=1)
    #: Taken up so often in vain, its processes having died, it has failed.
    most_attempts: int = 3

    @property
    def silent(self) -> timedelta:
        """So long without a database, a job is given up: soon another process may take it up."""
        return self.queue.lost * 0.75


class JobRunner:
    """Takes jobs from the queue and runs them, one of each kind at a time among all processes."""

    def __init__(
        self,
        engine: AsyncEngine,
        statements: AsyncEngine,
        works: Mapping[JobKind, JobWork],
        *,
        clock: Callable[[], datetime],
        times: JobTimes | None = None,
    ) -> None:
        self._engine = engine
        self._statements = statements
        self._works = works
        self._clock = clock
        self._times = times or JobTimes()
        self._stop = asyncio.Event()

    async def work(self) -> None:
        """Run jobs until the connection is lost or this is cancelled: then what runs is given back."""
        self._stop = asyncio.Event()
        await work_off(self._statements, self._works, self.run, stop=self._stop, times=self._times.queue)

    async def run(self, kind: JobKind, job_id: int) -> timedelta | None:
        """Run one job; return after how long it is to be handed out again, None where it is done with."""
        try:
            return await self._run(kind, job_id)
        except DatabaseUnavailable:
            return self._times.queue.lost
        except Exception:
            # Handed out again, it fails by the number of its attempts; forgotten, it would run for ever.
            logger.exception("a job could not be run")
            return self._times.queue.lost

    async def _run(self, kind: JobKind, job_id: int) -> timedelta | None:
        run, lost_after = uuid4(), self._times.queue.lost
        taken = await running.take_up(self._engine, job_id, run, now=self._clock(), lost_after=lost_after)
        if taken is not TakingUp.TAKEN:
            return lost_after / 4 if taken is TakingUp.BUSY else None
        async with transaction(self._engine) as connection:
            job = await asking.job(connection, job_id)
        report = JobReport(self._clock)
        ending = self._hopeless(job) or await self._watched(job, run, report, self._works[kind])
        return await self._ended(job, run, report, ending)

    def _hopeless(self, job: Job) -> Ending | None:
        """Return how a job ends whose work need not be begun."""
        if job.cancel_asked_at is not None:
            return CANCELLED
        if job.attempts > self._times.most_attempts:
            times = self._times.most_attempts
            sentence = f"Begun {times} times; each time the process that ran it ended before it did."
            return Ending(state=JobState.FAILED, outcome=sentence)
        return None

    async def _watched(self, job: Job, run: UUID, report: JobReport, work: JobWork) -> Ending | None:
        """Do the work; None where it is to be begun anew, by whoever takes it up next."""
        report.say(f"Begun, attempt {job.attempts} of {self._times.most_attempts}.")
        doing = asyncio.ensure_future(_done(work, job, report))
        heard = time.monotonic()
        try:
            while not (await asyncio.wait({doing}, timeout=self._times.beat.total_seconds()))[0]:
                if self._stop.is_set():
                    return None
                is_cancelled = await self._beat(job, run, report)
                if is_cancelled:
                    return CANCELLED
                heard = time.monotonic() if is_cancelled is not None else heard
                if time.monotonic() - heard > self._times.silent.total_seconds():
                    return None
            return doing.result()
        except _Lost:
            return None
        finally:
            doing.cancel()
            await asyncio.wait({doing})

    async def _beat(self, job: Job, run: UUID, report: JobReport) -> bool | None:
        """Say that it goes on; return whether it is to be cancelled, None where the database is away."""
        try:
            async with asyncio.timeout(self._times.silent.total_seconds() / 2):
                async with transaction(self._engine) as connection:
                    is_cancelled = await running.beat(
                        connection, job.id, run,
                        progress=report.progress, saying=report.saying, now=self._clock(),
                    )  # fmt: skip
                    if is_cancelled is None:
                        raise _Lost
                    written = list(report.unwritten)
                    await running.say(connection, job.id, written)
                del report.unwritten[: len(written)]
                return is_cancelled
        except (DatabaseUnavailable, TimeoutError):
            return None

    async def _ended(self, job: Job, run: UUID, report: JobReport, ending: Ending | None) -> timedelta | None:
        """Write how it ended, as soon as the database lets us; whoever took it up meanwhile goes before."""
        while True:
            try:
                async with transaction(self._engine) as connection:
                    if ending is None:
                        await running.give_back(connection, job.id, run)
                        return timedelta(0)
                    told = shown_ending(ending)
                    if await running.end(connection, job.id, run, told, now=self._clock()):
                        await running.say(connection, job.id, report.unwritten)
                    return None
            except DatabaseUnavailable:
                if ending is None or self._stop.is_set():
                    return self._times.queue.lost
                await asyncio.sleep(self._times.beat.total_seconds())


class _Lost(Exception):
    """Somebody else runs this job now."""


async def _done(work: JobWork, job: Job, report: JobReport) -> Ending:
    try:
        return await work(job, report)
    except JobFailed as failed:
        return Ending(state=JobState.FAILED, outcome=str(failed))
    except Exception:
        logger.exception("a job failed")
        return UNEXPECTED
