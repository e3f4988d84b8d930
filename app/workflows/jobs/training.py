"""Training as a job: a file is checked by its schema, a model is trained on it, both by the command."""

import asyncio
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.learning.splits import Split
from app.observability.logs import logger_of
from app.review.jobs import Ending, Job, JobState, StepKind
from app.workflows.jobs.child import Said, run_child
from app.workflows.jobs.report import JobFailed, JobReport
from app.workflows.jobs.training_files import TrainingFileGone, TrainingFiles, TrainingFolderMissing

logger = logger_of(__name__)

#: Share of the work that looking at the file is.
CHECK_SHARE = 0.1
LAST_ERROR = re.compile(r"^[\W]*([A-Za-z_.]+(?:Error|Exception|Interrupt))\b", re.MULTILINE)
#: Names of what a training is asked for with.
FILE, STAMP, SCHEMA = "file", "stamp", "schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingCommand:
    """By which words the command is called, and with what it trains."""

    words: Sequence[str]
    models_dir: Path
    #: None: the one that `tertium compare` chose.
    recipe: Path | None
    #: How rows are parted; None: as the schema lets them.
    split: Split | None = None


class TrainingWork:
    """Checks a file and trains on it, each in a process of its own."""

    def __init__(self, files: TrainingFiles, command: TrainingCommand) -> None:
        self._files = files
        self._command = command

    async def __call__(self, job: Job, report: JobReport) -> Ending:
        """Do the work of one training. Raises `JobFailed`."""
        version = f"{job.asked_at:%Y-%m-%d}-job{job.id}"
        if await asyncio.to_thread((self._command.models_dir / version).is_dir):
            # Begun anew: the process that had trained it ended before it could say so.
            return _finished(version)
        path = await self._path(job)
        with tempfile.TemporaryDirectory(prefix="tertium-job-") as folder:
            schema = Path(folder) / "schema.toml"
            await asyncio.to_thread(schema.write_text, job.arguments[SCHEMA], encoding="utf-8")
            await self._check(path, schema, report)
            await self._train(path, schema, version, report)
        return _finished(version)

    async def _path(self, job: Job) -> Path:
        name = job.arguments[FILE]
        try:
            file = await self._files.file(name)
            path = await asyncio.to_thread(self._files.path, name)
        except (TrainingFileGone, TrainingFolderMissing) as gone:
            raise JobFailed(f"The file {job.subject} is not in the training folder any more.") from gone
        if file.stamp != job.arguments[STAMP]:
            raise JobFailed(
                f"The file {job.subject} has changed since the training was asked for: look at it again."
            )
        return path

    async def _check(self, path: Path, schema: Path, report: JobReport) -> None:
        report.is_at(0, "Checking the file")
        checked = await run_child([*self._command.words, "data", "check", str(path), "--schema", str(schema)])
        report.say(checked.out, StepKind.REPORT)
        if checked.code == 0:
            return
        if checked.err.strip() and "Traceback" not in checked.err:
            report.say(checked.err, StepKind.FAULT)
        else:
            log_fault("the check", checked)
        if checked.code < 0 or not (checked.out or checked.err).strip():
            raise JobFailed(checked.failure("The check"))
        raise JobFailed("The check found faults, which are told below; nothing was trained.")

    async def _train(self, path: Path, schema: Path, version: str, report: JobReport) -> None:
        report.is_at(CHECK_SHARE, "Reading the file")
        command = [
            *self._command.words, "train", str(path), "--schema", str(schema),
            "--models-dir", str(self._command.models_dir), "--version", version,
        ]  # fmt: skip
        if self._command.recipe is not None:
            command += ["--recipe", str(self._command.recipe)]
        trained = await run_child(command, progress=_from(report))
        report.say(trained.out, StepKind.REPORT)
        if trained.code != 0:
            log_fault("the training", trained)
            raise JobFailed(trained.failure("The training"))
        report.say(trained.err, StepKind.REPORT)


def _from(report: JobReport) -> Callable[[float, str], None]:
    return lambda share, doing: report.is_at(CHECK_SHARE + (1 - CHECK_SHARE) * share, doing)


def _finished(version: str) -> Ending:
    outcome = f"Model {version} is trained. Its first policy can be drafted under Models."
    return Ending(state=JobState.SUCCEEDED, outcome=outcome, produced=version)


def log_fault(what: str, said: Said) -> None:
    """Tell the operator what is no sentence for a page, without its words: they may quote the file."""
    if said.code < 0 or "Traceback" in said.err:
        named = LAST_ERROR.findall(said.err)
        logger.error("a child process failed", work=what, result=str(said.code), error=(named or [""])[-1])
