"""Jobs in words: the list, and one of them with all that it said."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from app.review.jobs import Job, JobKind, JobState, Step, StepKind
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.frame import Frame

KINDS = {JobKind.TRAINING: marked("Training"), JobKind.CHALLENGER: marked("Challenger")}
#: Each state as its tag says it, and the tag's colour.
STATES = {
    JobState.QUEUED: (marked("queued"), ""),
    JobState.RUNNING: (marked("running"), "unknown"),
    JobState.SUCCEEDED: (marked("succeeded"), "legit"),
    JobState.FAILED: (marked("failed"), "fraud"),
    JobState.CANCELLED: (marked("cancelled"), ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One job as both pages show it."""

    id: int
    name: str
    #: The last part of what it is about: where a received file lies says nothing to anybody.
    subject: str
    state: str
    tone: str
    asked_by: str
    asked: str
    is_live: bool
    #: In whole percent.
    percent: int
    doing: str
    ended: str
    outcome: str
    may_cancel: bool
    may_retry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsPage:
    """The newest jobs."""

    frame: Frame
    rows: tuple[JobView, ...]
    is_live: bool
    #: Where older ones are; empty where there are none.
    older: str
    may_train: bool
    #: Of stored payments that a challenger learns from.
    challenger_days: str
    #: Of this page's form: sent twice, it asks once.
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One thing a job said; a report keeps its lines."""

    when: str
    text: str
    is_report: bool
    is_fault: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """One job."""

    frame: Frame
    job: JobView
    is_live: bool
    attempts: str
    cancelled_by: str
    heard: str
    retry_of: int
    retried_by: int
    #: The model version it made; empty: none.
    made: str
    steps: tuple[StepView, ...]
    #: Of this page's form: sent twice, it asks once.
    form: str
    problem: str


def job_view(job: Job) -> JobView:
    """Return one job in words."""
    state, tone = STATES[job.state]
    is_ending = job.cancel_asked_at is not None and not job.state.has_ended
    return JobView(
        id=job.id,
        name=KINDS[job.kind],
        subject=PurePosixPath(job.subject).name,
        state=worded("cancelling") if is_ending else state,
        tone=tone,
        asked_by=job.asked_by,
        asked=formatting.moment(job.asked_at),
        is_live=not job.state.has_ended,
        percent=int(job.progress * 100),
        doing=job.saying,
        ended="" if job.ended_at is None else formatting.moment(job.ended_at),
        outcome=job.outcome,
        may_cancel=job.may_be_cancelled,
        may_retry=job.may_be_retried,
    )


def job_page(frame: Frame, job: Job, steps: list[Step], *, form: str, problem: str = "") -> JobPage:
    """Return the page of one job."""
    return JobPage(
        frame=frame,
        job=job_view(job),
        is_live=not job.state.has_ended,
        attempts=formatting.plural(job.attempts, "attempt", "attempts") if job.attempts else "",
        cancelled_by=job.cancel_asked_by or "",
        heard="" if job.heartbeat_at is None else formatting.moment(job.heartbeat_at),
        retry_of=job.retry_of or 0,
        retried_by=job.retried_by or 0,
        made=job.produced,
        steps=tuple(_step(each) for each in steps),
        form=form,
        problem=problem,
    )


def _step(step: Step) -> StepView:
    return StepView(
        when=formatting.moment(step.happened_at),
        text=step.text.strip(),
        is_report=step.kind is not StepKind.SAID,
        is_fault=step.kind is StepKind.FAULT,
    )
