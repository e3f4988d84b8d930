"""Tables of what keeps cases: assignments to one person, and waits for the customer."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Table, Words, choice
from app.review.keeping.assignment import AssignmentEnd
from app.review.keeping.waiting import WaitEnd


def kept_until(case: str = "") -> str:
    """Return SQL for the moment from which the row `case` is for all, one long past where it is now.

    The indexes of the queue end with it: a walk passes over what waits, or is assigned, without its rows.
    """
    row = f"{case}." if case else ""
    return f"COALESCE(GREATEST({row}waits_until, {row}assigned_until), '-infinity'::timestamptz)"


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
