"""Jobs as they go out."""

from datetime import datetime

from pydantic import BaseModel, Field

from app.review.jobs import Job, JobKind, JobState, Step, StepKind


class JobOut(BaseModel):
    """One job as it stands."""

    id: int
    kind: JobKind
    subject: str = Field(description="What it is about, such as the file that is trained on.")
    state: JobState
    progress: float = Field(ge=0, le=1, description="Share of the work.")
    doing: str = Field(description="What is being done; empty while it waits and when it has ended.")
    attempts: int = Field(description="How often it was begun.")
    asked_by: str
    asked_at: datetime
    heartbeat_at: datetime | None = Field(description="When it was last heard of.")
    cancel_asked_by: str | None
    ended_at: datetime | None
    outcome: str = Field(description="How it ended, in a sentence; empty until then.")
    produced: str = Field(description="What it made, such as a model version; empty: nothing.")
    retry_of: int | None
    retried_by: int | None

    @classmethod
    def of(cls, job: Job) -> "JobOut":
        """Return a job as it goes out; what it was asked for with stays inside."""
        return cls(
            id=job.id, kind=job.kind, subject=job.subject, state=job.state, progress=job.progress,
            doing=job.saying, attempts=job.attempts, asked_by=job.asked_by, asked_at=job.asked_at,
            heartbeat_at=job.heartbeat_at, cancel_asked_by=job.cancel_asked_by, ended_at=job.ended_at,
            outcome=job.outcome, produced=job.produced, retry_of=job.retry_of, retried_by=job.retried_by,
        )  # fmt: skip


class StepOut(BaseModel):
    """One thing that a job said."""

    happened_at: datetime
    kind: StepKind
    text: str


class JobWithSteps(JobOut):
    """One job, and what it said."""

    steps: list[StepOut]

    @classmethod
    def told(cls, job: Job, steps: list[Step]) -> "JobWithSteps":
        """Return a job with its steps, in their order."""
        said = [StepOut(happened_at=each.happened_at, kind=each.kind, text=each.text) for each in steps]
        return cls(**JobOut.of(job).model_dump(), steps=said)


class JobsOut(BaseModel):
    """Jobs, the newest first."""

    jobs: list[JobOut]
    next_before: int | None = Field(description="Pass as `before` for older ones; null: there are none.")
