"""Tables of review: ends of claims, assignments, waits, drafts, draws, groups, queue views, exports."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Json, Key, Moment, Number, Table, Words, choice
from app.review.case import ClaimEnd, GroupBasis, Judgement, ProposalEnd, VerdictReason
from app.review.keeping.assignment import AssignmentEnd
from app.review.keeping.waiting import WaitEnd
from app.review.outcome import GroundTruth


class CaseGroupRow(Table):
    """Cases that were judged as one, and what they had in common; append-only."""

    __tablename__ = "case_groups"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    basis: Mapped[GroupBasis] = mapped_column(choice(GroupBasis, "basis"))
    #: The attribute's value; of cases nearly alike, the case they are like.
    value: Mapped[Words]
    judgement: Mapped[Judgement] = mapped_column(choice(Judgement, "judgement"))
    created_at: Mapped[Moment]
    #: Of a group so large that a second person had to mean it, too.
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class GroupProposalRow(Table):
    """A proposed verdict on a large group; it has no effect until a second person confirms it."""

    __tablename__ = "group_proposals"
    __table_args__ = (
        CheckConstraint("(decided_by IS NULL) = (end_state IS NULL)", name="ended_by_somebody"),
        CheckConstraint("(decided_at IS NULL) = (end_state IS NULL)", name="ended_has_time"),
        CheckConstraint("end_state <> 'confirmed' OR decided_by <> account_id", name="second_person"),
        CheckConstraint(
            "(group_id IS NOT NULL) = (end_state IS NOT DISTINCT FROM 'confirmed')", name="judged"
        ),
        Index("ix_group_proposals_open", "id", postgresql_where=text("end_state IS NULL")),
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    basis: Mapped[GroupBasis] = mapped_column(choice(GroupBasis, "basis"))
    value: Mapped[Words]
    judgement: Mapped[GroundTruth] = mapped_column(choice(GroundTruth, "judgement"))
    reason: Mapped[VerdictReason] = mapped_column(choice(VerdictReason, "reason"))
    note: Mapped[str | None] = mapped_column(Text)
    milliseconds_to_decide: Mapped[int] = mapped_column(Integer)
    hidden_milliseconds: Mapped[int] = mapped_column(Integer)
    proposed_at: Mapped[Moment]
    #: None while it waits.
    end_state: Mapped[ProposalEnd | None] = mapped_column(choice(ProposalEnd, "end_state"))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("case_groups.id"))


class GroupProposalCaseRow(Table):
    """A case of such a group, with the decision its author saw; append-only."""

    __tablename__ = "group_proposal_cases"

    proposal_id: Mapped[int] = mapped_column(ForeignKey("group_proposals.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    decision_id: Mapped[int] = mapped_column(BigInteger)


class ClaimEndRow(Table):
    """How a claim ended; without an end it still runs, or its judgement may be undone; append-only."""

    __tablename__ = "claim_ends"

    token: Mapped[UUID] = mapped_column(ForeignKey("claims.token"), primary_key=True)
    how: Mapped[ClaimEnd] = mapped_column(choice(ClaimEnd, "how"))
    #: Why a case was skipped, reassigned or released by a supervisor.
    reason: Mapped[str | None] = mapped_column(Text)
    #: None: time did it.
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[Moment]


class PendingVerdictRow(Table):
    """A verdict that may still be undone: it becomes final when the undo period ends."""

    __tablename__ = "pending_verdicts"
    __table_args__ = (
        CheckConstraint("settles_at >= judged_at", name="settles_later"),
        Index("ix_pending_verdicts_settles_at", "settles_at"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    token: Mapped[UUID] = mapped_column(ForeignKey("claims.token"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    judgement: Mapped[Judgement] = mapped_column(choice(Judgement, "judgement"))
    reason: Mapped[VerdictReason | None] = mapped_column(choice(VerdictReason, "reason"))
    note: Mapped[str | None] = mapped_column(Text)
    #: The decision its author saw.
    decision_id: Mapped[int] = mapped_column(BigInteger)
    #: Where the case goes back to when it is undone.
    was_escalated: Mapped[bool]
    milliseconds_to_decide: Mapped[int] = mapped_column(Integer)
    hidden_milliseconds: Mapped[int] = mapped_column(Integer)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("case_groups.id"))
    judged_at: Mapped[Moment]
    settles_at: Mapped[Moment]


class ProvisionalVerdictRow(Table):
    """The first verdict of a blind review, given before the score was shown; append-only."""

    __tablename__ = "provisional_verdicts"

    token: Mapped[UUID] = mapped_column(ForeignKey("claims.token"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    judgement: Mapped[GroundTruth] = mapped_column(choice(GroundTruth, "judgement"))
    given_at: Mapped[Moment]
    milliseconds_to_decide: Mapped[int] = mapped_column(Integer)


class BlindDrawRow(Table):
    """Whether chance hides the machine's opinion on a case until a first verdict; append-only."""

    __tablename__ = "blind_draws"
    __table_args__ = (CheckConstraint("probability BETWEEN 0 AND 1", name="is_probability"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    is_blind: Mapped[bool]
    #: Of being drawn blind.
    probability: Mapped[Number]
    drawn_at: Mapped[Moment]


class CaseDraftRow(Table):
    """What was written on a case and not judged yet: for whoever gets it next."""

    __tablename__ = "case_drafts"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    note: Mapped[Words]
    reason: Mapped[VerdictReason | None] = mapped_column(choice(VerdictReason, "reason"))
    saved_at: Mapped[Moment]


class CaseAssignmentRow(Table):
    """That a case is somebody's, by whom and why, and how that ended; one at a time."""

    __tablename__ = "case_assignments"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (how IS NULL)", name="end_is_whole"),
        CheckConstraint("ended_at >= assigned_at", name="ends_later"),
        CheckConstraint("length(reason) > 0", name="has_reason"),
        Index("ix_case_assignments_case_id", "case_id"),
        Index(
            "uq_case_assignments_one_runs", "case_id", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    assignee_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[Words]
    assigned_at: Mapped[Moment]
    #: None while it runs.
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    how: Mapped[AssignmentEnd | None] = mapped_column(choice(AssignmentEnd, "how"))
    #: None: a verdict, the machine or time did it.
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    end_reason: Mapped[str | None] = mapped_column(Text)


class CaseWaitRow(Table):
    """That a case waits for the customer until a moment, who let it and why; an end only before then."""

    __tablename__ = "case_waits"
    __table_args__ = (
        CheckConstraint("until > began_at", name="until_later"),
        CheckConstraint("(ended_at IS NULL) = (how IS NULL)", name="end_is_whole"),
        CheckConstraint("ended_at < until AND ended_at >= began_at", name="ends_before"),
        CheckConstraint("length(reason) > 0", name="has_reason"),
        Index("ix_case_waits_case_id", "case_id", "began_at"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[Words]
    began_at: Mapped[Moment]
    until: Mapped[Moment]
    #: None: it goes on, or reached its moment.
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    how: Mapped[WaitEnd | None] = mapped_column(choice(WaitEnd, "how"))
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class QueueViewRow(Table):
    """Filters, columns and a sort under a name; a deleted one stays to say who deleted it."""

    __tablename__ = "queue_views"
    __table_args__ = (
        Index(
            "uq_queue_views_own_name",
            "account_id",
            "name_key",
            unique=True,
            postgresql_where=text("NOT is_shared AND deleted_at IS NULL"),
        ),
        Index(
            "uq_queue_views_shared_name",
            "name_key",
            unique=True,
            postgresql_where=text("is_shared AND deleted_at IS NULL"),
        ),
        Index("uq_queue_views_place", "account_id", "place", unique=True),
        CheckConstraint("(place IS NULL) = (deleted_at IS NOT NULL)", name="kept_has_place"),
        CheckConstraint("place BETWEEN 1 AND 30", name="no_more_than_thirty"),
        CheckConstraint("length(name) BETWEEN 1 AND 60", name="name_is_short"),
        CheckConstraint("version > 0", name="version_counts"),
        CheckConstraint("octet_length(document::text) <= 16384", name="document_is_small"),
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[Words]
    #: `app.review.text.name_key`: names that read the same are the same.
    name_key: Mapped[Words]
    is_shared: Mapped[bool]
    document: Mapped[Json]
    #: Which of its owner's thirty it is; None: it was deleted.
    place: Mapped[int | None] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    changed_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    changed_at: Mapped[Moment]
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class DefaultViewRow(Table):
    """With which view somebody's queue begins; without a row, with all open cases."""

    __tablename__ = "default_views"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("queue_views.id"), index=True)


class CaseExportRow(Table):
    """That somebody has taken a case out of the house as a file of this content; append-only."""

    __tablename__ = "case_exports"
    __table_args__ = (CheckConstraint("content_sha256 ~ '^[0-9a-f]{64}$'", name="content_sha256_is_one"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    content_sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    exported_at: Mapped[Moment]
