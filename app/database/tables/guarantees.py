"""Tables of how policies' promises stand while they decide."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Table, Words, choice
from app.triage.guarantee.standing import Standing


class GuaranteeRunRow(Table):
    """What is kept of a policy's frauds (`app.triage.guarantee.standing`); whoever goes on holds the row."""

    __tablename__ = "guarantee_runs"
    __table_args__ = (
        CheckConstraint("(certified_frauds IS NULL) = (certified_at IS NULL)", name="certified_has_moment"),
        CheckConstraint("(alarmed_frauds IS NULL) = (alarmed_at IS NULL)", name="alarmed_has_moment"),
    )

    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), primary_key=True, autoincrement=False)
    #: The promise, the age and the stated sources: under others the run begins anew.
    rule: Mapped[Words]
    #: Payments received before this have entered.
    through: Mapped[Moment]
    frauds: Mapped[int] = mapped_column(BigInteger)
    missed: Mapped[int] = mapped_column(BigInteger)
    drawn: Mapped[int] = mapped_column(BigInteger)
    unanswered: Mapped[int] = mapped_column(BigInteger)
    #: Little-endian float64, one per stake.
    kept: Mapped[bytes] = mapped_column(BYTEA)
    broken: Mapped[bytes] = mapped_column(BYTEA)
    #: From how many frauds, and when; null: not yet.
    certified_frauds: Mapped[int | None] = mapped_column(BigInteger)
    certified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    alarmed_frauds: Mapped[int | None] = mapped_column(BigInteger)
    alarmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class GuaranteeEventRow(Table):
    """A promise stands otherwise than before; append-only."""

    __tablename__ = "guarantee_events"
    __table_args__ = (Index("ix_guarantee_events_policy_id", "policy_id", "id"),)

    id: Mapped[Key]
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"))
    standing: Mapped[Standing] = mapped_column(choice(Standing, "standing"))
    frauds: Mapped[int] = mapped_column(BigInteger)
    missed: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[Words]
    happened_at: Mapped[Moment]
