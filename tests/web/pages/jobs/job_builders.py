"""Pages of jobs: one that runs, one that failed, one that made a model; and those that ask for a training."""

from collections.abc import Callable
from dataclasses import replace

from app.review.jobs import Job, JobKind, JobState, Step, StepKind
from app.web.pages.jobs.training_view import TrainPage, chosen_file, file_row
from app.web.pages.jobs.view import JobsPage, job_page, job_view
from app.web.pages.rendering import html
from app.workflows.jobs.training_files import TrainingFile
from tests.web.pages.builders import NOON, a_frame

RUNNING = Job(
    id=3, kind=JobKind.TRAINING, subject="received/0a1b/orders.csv", arguments={}, asked_by="Grace",
    asked_at=NOON, retry_of=2, retried_by=None, state=JobState.RUNNING, attempts=2, progress=0.42,
    saying="fit 2 of 5, group 1, loss 0.03", heartbeat_at=NOON, cancel_asked_by=None, cancel_asked_at=None,
    ended_at=None, outcome="", produced="",
)  # fmt: skip
FAILED = replace(
    RUNNING, id=2, state=JobState.FAILED, outcome="The check found <b>faults</b>.", ended_at=NOON,
    retry_of=None, retried_by=3, cancel_asked_by="Barbara", cancel_asked_at=NOON,
)  # fmt: skip
DONE = replace(
    RUNNING, id=1, state=JobState.SUCCEEDED, outcome="Trained.", ended_at=NOON, produced="2026-05-01-job1"
)
STEPS = [
    Step(happened_at=NOON, kind=StepKind.SAID, text="Begun, attempt 1 of 3."),
    Step(happened_at=NOON, kind=StepKind.REPORT, text="orders.csv: 5,000 payments\n  legit  4,600"),
    Step(happened_at=NOON, kind=StepKind.FAULT, text="<script>alert(1)</script> tells the label alone"),
]
FILE = TrainingFile(name="orders.csv", size_bytes=1_250_000, changed_at=NOON, stamp="1-2", is_received=False)
RECEIVED = replace(FILE, name="received/0a1b/orders.csv", size_bytes=900, is_received=True)
FORM = "0b0f5a3e-9a8c-4a51-8d7c-1e53a3f4f0aa"


def a_jobs_page(*jobs: Job, older: str = "") -> JobsPage:
    rows = tuple(job_view(each) for each in jobs)
    return JobsPage(
        frame=a_frame(),
        rows=rows,
        is_live=any(row.is_live for row in rows),
        older=older,
        may_train=bool(jobs),
        challenger_days="90",
        form=FORM,
    )


def a_train_page(*, chosen: bool = False, is_open: bool = True, problem: str = "") -> TrainPage:
    return TrainPage(
        frame=a_frame(),
        is_open=is_open,
        rows=(file_row(FILE), file_row(RECEIVED)),
        chosen=chosen_file(
            RECEIVED, "# QUESTION: which?\nformat = 1\n", {"label": "Verdict"},
            asked={"label", "dates"}, questions=["which?"], faults=["format is 2"], form=FORM,
        )
        if chosen
        else None,
        upload_mb=200,
        problem=problem,
    )  # fmt: skip


JOB_PAGES: dict[str, Callable[[], str]] = {
    "jobs": lambda: html("jobs/list.html", a_jobs_page(RUNNING, FAILED, DONE, older="/jobs?before=1")),
    "jobs, nothing": lambda: html("jobs/list.html", a_jobs_page()),
    "job, running": lambda: html("jobs/job.html", job_page(a_frame(), RUNNING, STEPS, form=FORM)),
    "job, failed": lambda: html("jobs/job.html", job_page(a_frame(), FAILED, STEPS, form=FORM)),
    "job, cancelled": lambda: html(
        "jobs/job.html",
        job_page(
            a_frame(),
            replace(FAILED, state=JobState.CANCELLED, retried_by=None),
            [],
            form=FORM,
            problem="No.",
        ),
    ),
    "job, done": lambda: html("jobs/job.html", job_page(a_frame(), DONE, [], form=FORM)),
    "train": lambda: html("jobs/train.html", a_train_page()),
    "train, closed": lambda: html("jobs/train.html", a_train_page(is_open=False)),
    "train, schema": lambda: html("jobs/train.html", a_train_page(chosen=True, problem="No.")),
}
