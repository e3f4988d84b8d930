"""Policy versions as they go out: what they hold, where they stand, and what happened to them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from app.database.policies.lifecycle import PolicyEvent
from app.database.policies.policies import PolicyVersion
from app.database.policies.simulations import StoredSimulation
from app.review.access.people import Ability, Account
from app.triage.guard_rails import Guard
from app.triage.policies.approval import is_second_person
from app.triage.policies.document import digest_of
from app.triage.policies.order import Difference
from app.triage.policies.state import NEXT_STATES, PolicyState
from app.web.api.policies.documents import PolicyDocument
from app.web.api.policies.simulations import Out, StoredSimulationOut
from app.workflows.models.schema_fit import SchemaFit
from app.workflows.policies.history import HistoryEntry


class CertificateOut(Out):
    """What the bounds promise, on how many rows, and how surely."""

    method: str
    confidence: float | None = Field(description="Null: holds on average only, and is not certified.")
    frauds: int
    legits: int | None
    miss_rate_at_most: float | None
    false_decline_rate_at_most: float | None
    decline_precision_at_least: float | None
    order: int | None = Field(description="Where the bound is an order statistic: which.")
    chosen_among: int = Field(
        description="Promises looked at before this one was chosen; its confidence is kept all the same."
    )
    source: str
    assumption: str
    rows_sha256: str
    is_certified: bool


class AnsweredWarningOut(Out):
    """A warning, and why its author passed it over."""

    guard: Guard
    sentence: str
    answer: str


class PolicyVersionOut(BaseModel):
    """A policy version: immutable but for its state and its approval."""

    id: int
    state: PolicyState
    parent_id: int | None = Field(description="The version whose values were changed.")
    reason: str
    author: str
    created_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    activates_at: datetime | None = Field(description="When a scheduled version begins to decide.")
    document: PolicyDocument
    digest: str = Field(description="SHA-256 over the whole policy.")
    certificate: CertificateOut | None = Field(description="Null: nothing is promised.")
    warnings: list[AnsweredWarningOut]

    @classmethod
    def of(cls, version: PolicyVersion) -> "PolicyVersionOut":
        """Return a version as it goes out."""
        return cls(**_told(version))


class PolicyDetailOut(PolicyVersionOut):
    """A policy version with what it would have done when that was computed last."""

    newest_simulation: StoredSimulationOut | None
    schema_warning: str = Field(
        description="That the last payments do not fit its model's schema, and such go to people; empty:"
        " they fit, or its model cannot be loaded here."
    )

    @classmethod
    def with_simulation(
        cls, version: PolicyVersion, stored: StoredSimulation | None, fit: SchemaFit | None
    ) -> "PolicyDetailOut":
        """Return a version as it goes out, with its newest simulation and what does not fit its model."""
        simulation = None if stored is None else StoredSimulationOut.of(stored)
        warning = "" if fit is None else fit.warning
        return cls(**_told(version), newest_simulation=simulation, schema_warning=warning)


class SignatureOut(BaseModel):
    """Whether you may sign for a version as it stands."""

    may_sign: bool
    why_not: str | None = Field(description="Null where you may.")

    @classmethod
    def of(cls, version: PolicyVersion, reader: Account) -> "SignatureOut":
        """Return whether this person may sign for this version."""
        why_not = None
        if PolicyState.APPROVED not in NEXT_STATES[version.state] and version.state is not PolicyState.DRAFT:
            why_not = f"Version {version.id} is {version.state}: there is nothing to sign any more."
        elif not reader.may(Ability.APPROVE_POLICIES):
            why_not = "A manager approves policies."
        elif not is_second_person(reader.id, author_id=version.author_id):
            why_not = "A policy needs the approval of a second person, not of its author."
        return cls(may_sign=why_not is None, why_not=why_not)


class PolicyVersionsOut(BaseModel):
    """The newest versions first."""

    policies: list[PolicyVersionOut]
    next_before: int | None = Field(description="Pass as `before` for older ones; null: there are none.")


class DifferenceOut(Out):
    """A value that is not the same in two policies; null: no such limit."""

    field: str = Field(description="Such as costs.review or bands.1000.decline_at_least.")
    before: Any
    after: Any

    @classmethod
    def all_of(cls, differences: tuple[Difference, ...]) -> "list[DifferenceOut]":
        """Return differences as they go out."""
        return [cls.model_validate(each) for each in differences]


class PolicyDiffOut(BaseModel):
    """What changes from one version to another."""

    before: int
    after: int
    differences: list[DifferenceOut]


class ChapterOut(BaseModel):
    """A move of a version: by whom, when, and what the version changed."""

    id: int
    policy_id: int
    state: PolicyState
    account: str
    happened_at: datetime
    reason: str = Field(description="Why the version was drafted.")
    details: dict[str, Any] | None = Field(
        description="What belongs to the move: the signed statement, answers to warnings, a schedule."
    )
    differences: list[DifferenceOut] = Field(description="Against the version it was drafted from.")

    @classmethod
    def of(cls, chapter: HistoryEntry) -> "ChapterOut":
        """Return a chapter as it goes out."""
        event: PolicyEvent = chapter.event
        return cls(
            id=event.id,
            policy_id=event.policy_id,
            state=event.state,
            account=event.account,
            happened_at=event.happened_at,
            reason=chapter.version.reason,
            details=event.details,
            differences=DifferenceOut.all_of(chapter.differences),
        )


class HistoryOut(BaseModel):
    """What happened to policies, the newest first."""

    events: list[ChapterOut]
    next_before: int | None = Field(description="Pass as `before` for what was earlier.")


def _told(version: PolicyVersion) -> dict[str, Any]:
    certificate = version.certificate
    return {
        "id": version.id,
        "state": version.state,
        "parent_id": version.parent_id,
        "reason": version.reason,
        "author": version.author,
        "created_at": version.created_at,
        "approved_by": version.approved_by,
        "approved_at": version.approved_at,
        "activates_at": version.activates_at,
        "document": PolicyDocument.of(version.policy),
        "digest": digest_of(version.policy),
        "certificate": None if certificate is None else CertificateOut.model_validate(certificate),
        "warnings": [AnsweredWarningOut.model_validate(warning) for warning in version.warnings],
    }
