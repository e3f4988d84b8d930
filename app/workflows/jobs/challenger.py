"""Challengers as jobs: a model learned from what the service stored, which enters shadow by itself."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncEngine

from app.artifacts import ArtifactRefused
from app.database.access import accounts
from app.database.access.accounts import CHALLENGER
from app.database.jobs import asking
from app.database.server.session import transaction
from app.review.jobs import Asking, Ending, Job, JobKind, JobState, StepKind
from app.workflows.jobs.child import run_child
from app.workflows.jobs.report import JobFailed, JobReport
from app.workflows.jobs.training import TrainingCommand, log_fault

#: What all of them are about: two are never under way at once.
SUBJECT = "stored payments"
DAYS = "days"
#: Share of the work that training is; the draft is simulated after it.
TRAINING_SHARE = 0.95
WHAT = "The training"
NIGHTS = UUID("6f0cbb1e-2f0e-4c67-9a55-5f7a0b1f3c21")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowDoor:
    """How a model comes into shadow."""

    #: Why none could just now; empty where one could.
    refusal: Callable[[], Awaitable[str]]
    #: Returns what became of the model of a version, in a sentence. Raises `ArtifactRefused`.
    enter: Callable[[str], Awaitable[str]]


def a_challenger(days: int) -> Asking:
    """Return what is asked for: a model of the payments of so many days."""
    return Asking(kind=JobKind.CHALLENGER, subject=SUBJECT, arguments={DAYS: str(days)})


class ChallengerWork:
    """Trains from the database in a process of its own, then lets the model enter shadow."""

    def __init__(
        self, command: TrainingCommand, door: ShadowDoor, *, database_url: str, stated: Mapping[str, float]
    ) -> None:
        self._command = command
        self._door = door
        self._database_url = database_url
        self._stated = stated

    async def __call__(self, job: Job, report: JobReport) -> Ending:
        """Do the work of one challenger. Raises `JobFailed`."""
        version = f"{job.asked_at:%Y-%m-%d}-job{job.id}"
        # Begun anew: the process that had trained it ended before the model could enter shadow.
        if not await asyncio.to_thread((self._command.models_dir / version).is_dir):
            if why := await self._door.refusal():
                raise JobFailed(why)
            await self._train(job, version, report)
        report.is_at(TRAINING_SHARE, "Entering shadow")
        try:
            told = await self._door.enter(version)
        except ArtifactRefused as refused:
            raise JobFailed(f"Model {version} is trained, but cannot be used: {refused}") from refused
        outcome = f"Model {version} is trained. {told}"
        return Ending(state=JobState.SUCCEEDED, outcome=outcome, produced=version)

    async def _train(self, job: Job, version: str, report: JobReport) -> None:
        report.is_at(0, "Reading stored payments")
        with tempfile.TemporaryDirectory(prefix="tertium-job-") as folder:
            trained = await run_child(
                challenger_words(self._command, job, version, self._stated),
                progress=lambda share, doing: report.is_at(TRAINING_SHARE * share, doing),
                given=self._environment(Path(folder)),
            )
        report.say(trained.out, StepKind.REPORT)
        if trained.code != 0:
            log_fault("the training of a challenger", trained)
            raise JobFailed(trained.failure(WHAT))
        report.say(trained.err, StepKind.REPORT)

    def _environment(self, folder: Path) -> Mapping[str, str]:
        """Return what the child has to know: where payments are, and the model that decides."""
        return {
            "TERTIUM_DATABASE_URL": self._database_url,
            "TERTIUM_MODELS_DIR": str(self._command.models_dir),
            "TERTIUM_DATA_DIR": str(folder),
        }


def challenger_words(
    command: TrainingCommand, job: Job, version: str, stated: Mapping[str, float]
) -> list[str]:
    """Return the command: what is known by now, of payments of some days before it was asked for."""
    since = job.asked_at - timedelta(days=int(job.arguments[DAYS]))
    words = [
        *command.words, "train", "--from-database",
        "--since", f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        "--models-dir", str(command.models_dir), "--version", version,
    ]  # fmt: skip
    if stated:
        # The command takes one: the source that reports most.
        name, share = max(stated.items(), key=lambda each: each[1])
        words += ["--source-share", f"{name}={share:g}"]
    if command.split is not None:
        words += ["--split", command.split.value]
    if command.recipe is not None:
        words += ["--recipe", str(command.recipe)]
    return words


class NightlyChallenger:
    """Asks for a challenger once a day, on whichever replica comes first.

    Not while one is in shadow: to tell it from what decides takes weeks, and one a night would fill the
    shadows that people need.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        wanted: Asking,
        *,
        hour: int | None,
        is_one_in_shadow: Callable[[], Awaitable[bool]],
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._wanted = wanted
        self._hour = hour
        self._is_one_in_shadow = is_one_in_shadow
        self._clock = clock
        self._asked_on = ""

    async def tick(self) -> None:
        """Ask in the hour that was set (UTC), once; raises `DatabaseUnavailable`."""
        now = self._clock().astimezone(UTC)
        night = f"{now:%Y-%m-%d}"
        if now.hour != self._hour or night == self._asked_on or await self._is_one_in_shadow():
            return
        async with transaction(self._engine) as connection:
            account = await accounts.system_account(connection, CHALLENGER)
            await asking.ask(connection, self._wanted, form=uuid5(NIGHTS, night), by=account.id, now=now)
        self._asked_on = night
