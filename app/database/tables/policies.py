"""Tables of what decides: model versions, policy versions bound to them, and the active pair."""

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Json, Key, Moment, Number, Table, Words, choice
from app.triage.policies.choices import AboveDecline, Fallback, ListsInForce, WrongFeed
from app.triage.policies.state import PolicyState


class ModelRow(Table):
    """A model version this installation knows, with its card."""

    __tablename__ = "models"

    version: Mapped[Words] = mapped_column(primary_key=True)
    sha256: Mapped[Words]
    card: Mapped[Json]
    registered_at: Mapped[Moment]


class PolicyRow(Table):
    """An immutable policy version; only its state and its approval ever change."""

    __tablename__ = "policies"
    __table_args__ = (
        UniqueConstraint("id", "model_version"),
        CheckConstraint("approved_by <> author_id", name="approved_by_another"),
        CheckConstraint(
            "state NOT IN ('approved', 'scheduled', 'active') OR approved_by IS NOT NULL",
            name="active_is_approved",
        ),
        CheckConstraint("(activates_at IS NOT NULL) = (state = 'scheduled')", name="scheduled_has_time"),
        CheckConstraint("audit_share_near BETWEEN 0 AND 1", name="audit_share_near_is_share"),
        CheckConstraint("audit_share_approved BETWEEN 0 AND 1", name="audit_share_approved_is_share"),
        CheckConstraint("audit_share_declined BETWEEN 0 AND 1", name="audit_share_declined_is_share"),
        Index("uq_policies_one_active", "state", unique=True, postgresql_where=text("state = 'active'")),
    )

    id: Mapped[Key]
    model_version: Mapped[Words] = mapped_column(ForeignKey("models.version"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"))
    state: Mapped[PolicyState] = mapped_column(choice(PolicyState, "state"))
    approve_at_most: Mapped[Number]
    decline_at_least: Mapped[Number]
    approve_legit_at_least: Mapped[Number | None]
    decline_legit_at_most: Mapped[Number | None]
    spread_at_most: Mapped[Number | None]
    mutual_information_at_most: Mapped[Number | None]
    novelty_at_most: Mapped[Number | None]
    expected_loss_at_most: Mapped[Number | None]
    #: Documents as app.triage.policies.document writes them.
    bands: Mapped[list[dict[str, object]]] = mapped_column(JSONB)
    costs: Mapped[Json]
    staffing: Mapped[Json]
    audit_share_approved: Mapped[Number]
    audit_share_declined: Mapped[Number]
    audit_share_near: Mapped[Number]
    near_width: Mapped[Number]
    audit_by_doubt: Mapped[Number] = mapped_column(server_default="0")
    deadline_fallback: Mapped[Fallback] = mapped_column(choice(Fallback, "deadline_fallback"))
    wrong_feed: Mapped[WrongFeed] = mapped_column(choice(WrongFeed, "wrong_feed"), server_default="review")
    lists: Mapped[ListsInForce] = mapped_column(choice(ListsInForce, "lists"), server_default="both")
    allow_amount_at_most: Mapped[Number | None]
    allow_above_decline: Mapped[AboveDecline] = mapped_column(
        choice(AboveDecline, "allow_above_decline"), server_default="decline"
    )
    urgency_tau_minutes: Mapped[Number]
    #: What the bounds promise; null when they were set by hand.
    certificate: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    #: What spoke against it when it was drafted, each with the author's answer.
    warnings: Mapped[list[dict[str, object]]] = mapped_column(JSONB)
    reason: Mapped[Words]
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[Moment]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    approved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When a scheduled version begins to decide.
    activates_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PolicyEventRow(Table):
    """One move of a policy through its life; append-only."""

    __tablename__ = "policy_events"

    id: Mapped[Key]
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), index=True)
    state: Mapped[PolicyState] = mapped_column(choice(PolicyState, "state"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    happened_at: Mapped[Moment]
    #: What belongs to the move: the statement that was signed, answers to warnings, a schedule.
    details: Mapped[dict[str, object] | None] = mapped_column(JSONB)


class PolicySimulationRow(Table):
    """What a version would have done to a window, as it was computed then; append-only."""

    __tablename__ = "policy_simulations"
    __table_args__ = (CheckConstraint("window_start < window_end", name="window_is_one"),)

    id: Mapped[Key]
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), index=True)
    window_start: Mapped[Moment]
    window_end: Mapped[Moment]
    decisions: Mapped[int]
    result: Mapped[Json]
    #: The residual risk as its signer reads it; null on records from before there was one.
    statement: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    warnings: Mapped[list[dict[str, object]]] = mapped_column(JSONB)
    computed_at: Mapped[Moment]
    computed_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))


class ActivePolicyRow(Table):
    """The one (model, policy) pair that decides now."""

    __tablename__ = "active_policy"
    __table_args__ = (
        ForeignKeyConstraint(["policy_id", "model_version"], ["policies.id", "policies.model_version"]),
        CheckConstraint("singleton", name="only_one"),
    )

    singleton: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=true())
    policy_id: Mapped[int]
    model_version: Mapped[Words]
    activated_at: Mapped[Moment]
