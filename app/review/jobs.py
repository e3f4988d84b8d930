"""Jobs: work that somebody asked for and that goes on beside the requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JobKind(StrEnum):
    """What is worked on."""

    TRAINING = "training"
    #: A model of what the service stored, which enters shadow by itself.
    CHALLENGER = "challenger"


class JobState(StrEnum):
    """How a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it changes any more."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


class StepKind(StrEnum):
    """What a job says on its way."""

    SAID = "said"
    #: Text of several lines, as a command printed it.
    REPORT = "report"
    FAULT = "fault"


class JobNotFound(Exception):
    """There is no such job."""


class JobEnded(Exception):
    """This job has ended already; nothing was changed."""


class JobNotToBeRetried(Exception):
    """Only a job that failed or was cancelled can be tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A job that somebody asks for."""

    kind: JobKind
    #: What it is about: two live jobs of one kind are never about the same.
    subject: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as it stands."""

    id: int
    kind: JobKind
    subject: str
    arguments: Mapping[str, str]
    #: Display name.
    asked_by: str
    asked_at: datetime
    retry_of: int | None
    #: The job that tries this one again; None: none does.
    retried_by: int | None
    state: JobState
    attempts: int
    #: Share of the work, 0 to 1.
    progress: float
    saying: str
    heartbeat_at: datetime | None
    cancel_asked_by: str | None
    cancel_asked_at: datetime | None
    ended_at: datetime | None
    outcome: str
    #: What it made, such as a model version; empty: nothing.
    produced: str

    @property
    def may_be_cancelled(self) -> bool:
        """Whether there is something to end that nobody has asked to end yet."""
        return not self.state.has_ended and self.cancel_asked_at is None

    @property
    def may_be_retried(self) -> bool:
        """Whether it ended without its work being done, and nobody tries it again yet."""
        return self.state in {JobState.FAILED, JobState.CANCELLED} and self.retried_by is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that a job said on its way."""

    happened_at: datetime
    kind: StepKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the work of a job ended."""

    state: JobState
    #: One sentence.
    outcome: str
    produced: str = ""
