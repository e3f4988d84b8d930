"""Tables of jobs as people see them; the queue that hands them out is PgQueuer's own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Double, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Json, Key, Moment, Table, Words, choice
from app.review.jobs import JobKind, JobState, StepKind


class JobRow(Table):
    """One job: what was asked for, which never changes, and how it stands, until it has ended."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress_is_a_share"),
        CheckConstraint("(ended_at IS NULL) = (state IN ('queued', 'running'))", name="ended_or_not"),
        CheckConstraint(
            "(state = 'running') = (run IS NOT NULL AND heartbeat_at IS NOT NULL)", name="running_somewhere"
        ),
        CheckConstraint("(cancel_asked_by IS NULL) = (cancel_asked_at IS NULL)", name="cancel_is_whole"),
        Index(
            "ix_jobs_one_live",
            *("kind", "subject"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_jobs_one_running", "kind", unique=True, postgresql_where=text("state = 'running'")),
    )

    id: Mapped[Key]
    kind: Mapped[JobKind] = mapped_column(choice(JobKind, "kind"))
    #: What it is about: two live jobs of one kind are never about the same.
    subject: Mapped[Words]
    arguments: Mapped[Json]
    #: Of the form that asked: sent twice, it asks once.
    form: Mapped[UUID] = mapped_column(unique=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    asked_at: Mapped[Moment]
    retry_of: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"), unique=True)
    state: Mapped[JobState] = mapped_column(choice(JobState, "state"))
    #: Who runs it: whoever no longer finds their own here has lost it.
    run: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    #: Share of the work.
    progress: Mapped[float] = mapped_column(Double, server_default="0")
    saying: Mapped[str] = mapped_column(Text, server_default="")
    heartbeat_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancel_asked_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    cancel_asked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: How it ended, in a sentence.
    outcome: Mapped[str] = mapped_column(Text, server_default="")
    #: What it made, such as a model version; empty: nothing.
    produced: Mapped[str] = mapped_column(Text, server_default="")


class JobStepRow(Table):
    """What a job said on its way; rows are only ever added."""

    __tablename__ = "job_steps"

    id: Mapped[Key]
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    happened_at: Mapped[Moment]
    kind: Mapped[StepKind] = mapped_column(choice(StepKind, "kind"))
    text: Mapped[Words]
