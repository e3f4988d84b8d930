"""Tables of the queue: cases, who held them, and what was judged."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Number, Table, Words, choice
from app.review.case import CaseKind, CaseState, Judgement
from app.triage.policy import Fallback


class CaseRow(Table):
    """A transaction that waits for a person, at most one open per transaction."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "uq_cases_one_open",
            "transaction_id",
            unique=True,
            postgresql_where=text("state IN ('open', 'escalated')"),
        ),
        Index("ix_cases_queue", text("priority_key DESC"), "id", postgresql_where=text("state = 'open'")),
        Index(
            "ix_cases_escalated",
            text("priority_key DESC"),
            "id",
            postgresql_where=text("state = 'escalated'"),
        ),
        Index(
            "ix_cases_deadline",
            "respond_by",
            postgresql_where=text("respond_by IS NOT NULL AND state IN ('open', 'escalated')"),
        ),
        Index(
            "ix_cases_awaits_model",
            "id",
            postgresql_where=text("awaits_model AND state IN ('open', 'escalated')"),
        ),
        Index("ix_cases_holder", "holder_id", postgresql_where=text("holder_id IS NOT NULL")),
        CheckConstraint(
            "(holder_id IS NULL) = (lease_token IS NULL)"
            " AND (holder_id IS NULL) = (lease_expires_at IS NULL)",
            name="lease_is_whole",
        ),
        CheckConstraint("(closed_at IS NOT NULL) = (state IN ('judged', 'closed'))", name="closed_has_time"),
        CheckConstraint("state IN ('open', 'escalated') OR holder_id IS NULL", name="closed_has_no_holder"),
    )

    id: Mapped[Key]
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"), index=True)
    #: The decision that speaks now; a re-scored case points to the newer one.
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    #: True while no model has scored it: to be scored again when the model is back.
    awaits_model: Mapped[bool] = mapped_column(server_default=false())
    kind: Mapped[CaseKind] = mapped_column(choice(CaseKind, "kind"))
    state: Mapped[CaseState] = mapped_column(choice(CaseState, "state"), server_default="open")
    #: In the transaction's currency; what waiting puts at risk.
    expected_loss: Mapped[Number]
    #: ln(expected loss) - opened_at / tau: its order against other cases never changes with time.
    priority_key: Mapped[Number]
    respond_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    fallback: Mapped[Fallback] = mapped_column(choice(Fallback, "fallback"))
    opened_at: Mapped[Moment]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    lease_token: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Who gave it back last: they are offered every other free case first.
    released_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class ClaimRow(Table):
    """That somebody held a case under this token; append-only."""

    __tablename__ = "claims"

    token: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    claimed_at: Mapped[Moment]


class VerdictRow(Table):
    """What a person judged, under which claim, seeing which decision; append-only."""

    __tablename__ = "verdicts"
    __table_args__ = (
        ForeignKeyConstraint(["policy_id", "model_version"], ["policies.id", "policies.model_version"]),
        Index(
            "uq_verdicts_one_per_case",
            "case_id",
            unique=True,
            postgresql_where=text("judgement <> 'escalate'"),
        ),
        Index("ix_verdicts_judged_at", "judged_at"),
        CheckConstraint("milliseconds_to_decide >= 0", name="time_is_not_negative"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    token: Mapped[UUID] = mapped_column(ForeignKey("claims.token"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    judgement: Mapped[Judgement] = mapped_column(choice(Judgement, "judgement"))
    note: Mapped[str | None] = mapped_column(Text)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    policy_id: Mapped[int]
    model_version: Mapped[Words]
    claimed_at: Mapped[Moment]
    judged_at: Mapped[Moment]
    milliseconds_to_decide: Mapped[int] = mapped_column(Integer)
