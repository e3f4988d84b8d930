"""What managers' programs ask of policies: bodies, checked at the door."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.triage.certificate import LARGEST_SHARE, MOST_STEPS, SMALLEST_SHARE, Method, Promise
from app.triage.guard_rails import Guard
from app.triage.labels import Label
from app.triage.policies.state import PolicyState
from app.web.api.payments.values import Instant, NoCardNumber
from app.web.api.policies.documents import PolicyDocument, Whole
from app.web.dependencies import LARGEST_KEY
from app.workflows.policies.ground import Ground
from app.workflows.policies.lab.trials import Span
from app.workflows.policies.proposals import USUAL_PROMISE, SetBy, Source, Wish

MOST_CHANGED = 1000

Share = Annotated[float, Field(strict=True, ge=SMALLEST_SHARE, le=LARGEST_SHARE)]
# No control characters but tab and newline: people read it, and PostgreSQL text cannot hold NUL.
Sentence = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=1000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$"
    ),
    NoCardNumber,
]
Answers = dict[Guard, Sentence]
VersionKey = Annotated[int, Field(strict=True, ge=1, le=LARGEST_KEY)]


class Body(BaseModel):
    """Nothing unknown in it."""

    model_config = ConfigDict(extra="forbid")


class WindowIn(Body):
    """Past transactions from one moment to another."""

    since: Instant
    until: Instant


class Looking(Body):
    """A body about past transactions."""

    window: WindowIn | None = Field(default=None, description="Default: the last seven days.")

    def span(self, usual: Callable[[], Span]) -> Span:
        """Return the window to look back on; raises `WindowUnclear`."""
        return usual() if self.window is None else Span(since=self.window.since, until=self.window.until)


class Trying(Looking):
    """A policy to be tried on past transactions; nothing is stored."""

    document: PolicyDocument


class Changing(Trying):
    """Which transactions a policy labels otherwise than the active one does."""

    before: Label | None = Field(default=None, description="Only those the active policy labels so.")
    after: Label | None = Field(default=None, description="Only those this policy labels so.")
    offset: Whole = Field(default=0, ge=0, le=LARGEST_KEY)
    limit: Whole = Field(default=100, ge=1, le=MOST_CHANGED)


class PromiseIn(Body):
    """What the bounds shall promise."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"miss_rate": 0.1, "confidence": 0.95, "decline_precision": 0.95}]},
    )

    miss_rate: Share = Field(description="Frauds approved / all frauds, at most.")
    confidence: Share = 0.95
    decline_precision: Share | None = Field(default=None, description="Frauds / all declined, at least.")
    false_decline_rate: Share | None = Field(
        default=None, description="Legits declined / all legits, at most."
    )
    chosen_among: Whole = Field(
        default=1, ge=1, le=MOST_STEPS, description="Promises looked at before this one was chosen."
    )


class WishIn(Body):
    """How bounds are set."""

    set_by: SetBy = Field(
        description="Manual, by a guarantee, by what decisions cost, by the hours there are."
    )
    promise: PromiseIn | None = Field(
        default=None, description="What is promised, where a promise sets them."
    )
    method: Method = Field(default=Method.NEYMAN_PEARSON, description="How a promise is proved.")
    source: Source = Field(
        default=Source.CALIBRATION, description="What it is proved on: the model's own rows, or live labels."
    )

    @model_validator(mode="after")
    def _promises_something(self) -> Self:
        if (self.set_by is SetBy.PROMISE) != (self.promise is not None):
            raise ValueError("a promise belongs to bounds that a promise sets, and to no others")
        return self

    def wish(self) -> Wish:
        """Return the wish."""
        promise = None if self.promise is None else Promise(**self.promise.model_dump())
        return Wish(set_by=self.set_by, promise=promise, method=self.method, source=self.source)


class Proposing(Looking):
    """A wish for bounds; all else is as in `base`."""

    wish: WishIn
    base: PolicyDocument | None = Field(default=None, description="Default: the active policy.")


class Stepping(Trying):
    """Which promises could be made on a policy; its approve bounds are not read."""

    confidence: Share = Field(default=0.95, description="Which the step chosen after looking keeps.")
    decline_precision: Share | None = Field(
        default=None, description="Frauds / all declined, at least; promised of every step."
    )
    source: Source = Source.CALIBRATION

    def wish(self) -> Wish:
        """Return the wish whose steps are asked for."""
        promise = replace(USUAL_PROMISE, confidence=self.confidence, decline_precision=self.decline_precision)
        return Wish(set_by=SetBy.PROMISE, promise=promise, source=self.source)


class Drafting(Looking):
    """A policy to be kept as a new version."""

    document: PolicyDocument
    reason: Sentence = Field(description="Why: whoever approves it, and an auditor later, will ask.")
    parent_id: VersionKey | None = Field(
        default=None, description="The version it was changed from. Default: the active one."
    )
    wish: WishIn = Field(
        default=WishIn(set_by=SetBy.HAND), description="How the bounds were set: a promise is proved again."
    )
    answers: Answers = Field(default={}, description="Reasons why warnings are passed over, by their guard.")
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None, description="Of the policy you looked at, as a simulation says it: no other is kept."
    )


class Moving(Body):
    """What a move was decided on; where that is no longer so, it is refused with who did what."""

    decided_on: VersionKey = Field(
        alias="from", description="The version that decided when you looked: `id` of `/v1/policies/active`."
    )
    state: PolicyState | None = Field(
        default=None, description="Where the version to be moved stood then, to be refused where it moved."
    )

    def ground(self) -> Ground:
        """Return what the move was decided on."""
        return Ground(active_id=self.decided_on, state=self.state)


class Answering(Moving):
    """Reasons why warnings are passed over, by their guard."""

    answers: Answers = {}


class Approving(Answering):
    """A signature under one residual risk statement."""

    simulation_id: VersionKey = Field(
        description="The version's `newest_simulation.id`, whose statement you read."
    )


class RollingBack(Body):
    """Why the version before shall decide again."""

    decided_on: VersionKey = Field(alias="from", description="The version that decided when you looked.")
    to: VersionKey | None = Field(
        default=None, description="The version it shall be, to be refused where it is another by now."
    )
    reason: Sentence


class Activating(Answering):
    """When a version begins to decide, and why."""

    reason: Sentence
    at: Instant | None = Field(default=None, description="Default: now.")
