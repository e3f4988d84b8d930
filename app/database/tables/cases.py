"""Tables of the queue: cases, who held them, and what was judged."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Text,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Number, Table, Words, choice
from app.review.case import CaseKind, CaseState, Judgement, VerdictReason
from app.review.outcome import GroundTruth
from app.triage.policies.choices import Fallback


def kept_until(case: str = "") -> str:
    """Return SQL for the moment from which the row `case` is for all, one long past where it is now.

    The indexes of the queue end with it: a walk passes over what waits, or is assigned, without its rows.
    """
    row = f"{case}." if case else ""
    return f"COALESCE(GREATEST({row}waits_until, {row}assigned_until), '-infinity'::timestamptz)"


class CaseRow(Table):
    """A transaction that waits for a person, at most one open per transaction."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "uq_cases_one_open",
            "transaction_id",
            unique=True,
            postgresql_where=text("state IN ('open', 'escalated', 'given') AND kind IN ('unknown', 'audit')"),
        ),
        Index(
            "uq_cases_one_review_of_a_kind",
            "first_case_id",
            "kind",
            unique=True,
            postgresql_where=text("first_case_id IS NOT NULL"),
        ),
        Index(
            "ix_cases_offered_to",
            "offered_to",
            text("priority_key DESC"),
            "id",
            postgresql_where=text("offered_to IS NOT NULL"),
        ),
        Index("ix_cases_opened_at", "opened_at"),
        Index("ix_cases_closed_at", "closed_at", postgresql_where=text("closed_at IS NOT NULL")),
        # What waits or is assigned is passed over by the index alone: its rows are not looked at.
        Index(
            "ix_cases_queue",
            text("priority_key DESC"),
            "id",
            text(kept_until()),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_cases_escalated",
            text("priority_key DESC"),
            "id",
            text(kept_until()),
            postgresql_where=text("state = 'escalated'"),
        ),
        Index(
            "ix_cases_assigned_to",
            "assigned_to",
            text("priority_key DESC"),
            "id",
            postgresql_where=text("assigned_to IS NOT NULL"),
        ),
        Index("ix_cases_waits_until", "waits_until", postgresql_where=text("waits_until IS NOT NULL")),
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
        # The queue by other things than its rank: amount in the base currency, waiting time,
        # loss, deadline.
        Index(
            "ix_cases_live_amount",
            "state",
            text("(coalesce(amount * CAST(queue_rate AS numeric), 'Infinity'))"),
            "id",
            postgresql_where=text("state IN ('open', 'escalated')"),
        ),
        Index(
            "ix_cases_live_opened_at",
            "state",
            "opened_at",
            "id",
            postgresql_where=text("state IN ('open', 'escalated')"),
        ),
        Index(
            "ix_cases_live_loss",
            "state",
            text("(coalesce(coalesce(queue_loss, expected_loss) * queue_rate, 'Infinity'))"),
            "id",
            postgresql_where=text("state IN ('open', 'escalated')"),
        ),
        Index(
            "ix_cases_live_deadline",
            "state",
            text("(coalesce(respond_by, 'infinity'))"),
            "id",
            postgresql_where=text("state IN ('open', 'escalated')"),
        ),
        Index("ix_cases_holder", "holder_id", postgresql_where=text("holder_id IS NOT NULL")),
        CheckConstraint(
            "(holder_id IS NULL) = (lease_token IS NULL)"
            " AND (holder_id IS NULL) = (lease_expires_at IS NULL)",
            name="lease_is_whole",
        ),
        CheckConstraint("(closed_at IS NOT NULL) = (state IN ('judged', 'closed'))", name="closed_has_time"),
        CheckConstraint("state IN ('open', 'escalated') OR holder_id IS NULL", name="only_live_is_held"),
        CheckConstraint("NOT is_reserved OR holder_id IS NOT NULL", name="reserved_is_held"),
        CheckConstraint("(offered_to IS NULL) = (offered_until IS NULL)", name="offer_is_whole"),
        CheckConstraint("(assigned_to IS NULL) = (assigned_until IS NULL)", name="assignment_is_whole"),
        CheckConstraint(
            "assigned_to IS NULL OR state IN ('open', 'escalated', 'given')", name="only_live_is_assigned"
        ),
        CheckConstraint(
            "waits_until IS NULL OR (state IN ('open', 'escalated') AND holder_id IS NULL)",
            name="what_waits_is_free",
        ),
        CheckConstraint("(kind = 'gold') = (truth IS NOT NULL)", name="gold_has_truth"),
        CheckConstraint(
            "(kind IN ('second', 'ruling')) = (first_case_id IS NOT NULL)", name="review_has_first"
        ),
        CheckConstraint("drawn_with BETWEEN 0 AND 1", name="drawn_with_is_probability"),
        CheckConstraint("queue_rate > 0", name="queue_rate_is_positive"),
    )

    id: Mapped[Key]
    transaction_id: Mapped[int] = mapped_column(BigInteger, index=True)
    #: The decision that speaks now; a re-scored case points to the newer one.
    decision_id: Mapped[int] = mapped_column(BigInteger)
    #: True while no model has scored it: to be scored again when the model is back.
    awaits_model: Mapped[bool] = mapped_column(server_default=false())
    kind: Mapped[CaseKind] = mapped_column(choice(CaseKind, "kind"))
    state: Mapped[CaseState] = mapped_column(choice(CaseState, "state"), server_default="open")
    #: Its payment's, so that the queue can go by it; None: its payment was moved away before this was kept.
    amount: Mapped[Decimal | None] = mapped_column(Numeric(16, 4))
    #: In the transaction's currency; what waiting puts at risk.
    expected_loss: Mapped[Number]
    #: In the transaction's currency: by what it stands in the queue, of a case judged blind what its amount
    #: alone lets expect; None: its expected loss.
    queue_loss: Mapped[float | None] = mapped_column(Double)
    #: What one unit of that currency was worth in the base currency when it was ranked; None: no rate known.
    queue_rate: Mapped[float | None] = mapped_column(Double, server_default="1")
    #: ln(loss in the base currency) - opened_at / tau: its order against others never changes with time.
    priority_key: Mapped[Number]
    #: Its payment's deadline and what then happens; a review of it carries the same and settles nothing.
    respond_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    fallback: Mapped[Fallback] = mapped_column(choice(Fallback, "fallback"))
    opened_at: Mapped[Moment]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    lease_token: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Who gave it back last: they are offered every other free case first.
    released_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    #: Its holder has it ready as the next one, and has not looked at it yet.
    is_reserved: Mapped[bool] = mapped_column(server_default=false())
    #: When it came before its holder's eyes.
    shown_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Handed over to somebody, who is offered it first until a moment.
    offered_to: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    offered_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Whose it is by an assignment, and until when nobody else is given it.
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    assigned_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: It waits for the customer; one that is past says that it came back.
    waits_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Of a second look or a ruling: the case whose verdict is looked at, and who must not be the one to look.
    first_case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    not_for: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    #: Of a gold case: what is known to be true.
    truth: Mapped[GroundTruth | None] = mapped_column(choice(GroundTruth, "truth"))
    #: The probability with which chance made this case, where chance did.
    drawn_with: Mapped[float | None] = mapped_column(Double)


class ClaimRow(Table):
    """That somebody held a case under this token; append-only."""

    __tablename__ = "claims"

    token: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    #: What the case was about then; a re-scored case is about another decision.
    decision_id: Mapped[int | None] = mapped_column(BigInteger)
    claimed_at: Mapped[Moment]


class VerdictRow(Table):
    """What a person judged, under which claim, seeing which decision, or what they correct; append-only."""

    __tablename__ = "verdicts"
    __table_args__ = (
        ForeignKeyConstraint(["policy_id", "model_version"], ["policies.id", "policies.model_version"]),
        Index(
            "uq_verdicts_one_per_case",
            "case_id",
            unique=True,
            postgresql_where=text("judgement <> 'escalate' AND corrects_id IS NULL"),
        ),
        Index("uq_verdicts_corrects_id", "corrects_id", unique=True),
        Index("ix_verdicts_judged_at", "judged_at"),
        Index("ix_verdicts_xact", "xact"),
        Index(
            "ix_verdicts_words", text("to_tsvector('simple', comparable_text(note))"), postgresql_using="gin"
        ),
        Index("ix_verdicts_account_id", "account_id", "judged_at"),
        CheckConstraint("milliseconds_to_decide >= 0", name="time_is_not_negative"),
        CheckConstraint("hidden_milliseconds >= 0", name="hidden_time_is_not_negative"),
        CheckConstraint("corrects_id IS NULL OR coalesce(length(note), 0) > 0", name="correction_has_reason"),
        CheckConstraint("corrects_id IS NULL OR judgement <> 'escalate'", name="correction_is_final"),
        CheckConstraint("(corrects_id IS NULL) = (token IS NOT NULL)", name="judged_under_a_claim"),
        CheckConstraint(
            "reason IS DISTINCT FROM 'other' OR coalesce(length(note), 0) > 0", name="other_has_note"
        ),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    #: None for a correction, which needs no claim.
    token: Mapped[UUID | None] = mapped_column(ForeignKey("claims.token"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    judgement: Mapped[Judgement] = mapped_column(choice(Judgement, "judgement"))
    reason: Mapped[VerdictReason | None] = mapped_column(choice(VerdictReason, "reason"))
    note: Mapped[str | None] = mapped_column(Text)
    decision_id: Mapped[int] = mapped_column(BigInteger)
    policy_id: Mapped[int]
    model_version: Mapped[Words]
    claimed_at: Mapped[Moment]
    judged_at: Mapped[Moment]
    milliseconds_to_decide: Mapped[int] = mapped_column(Integer)
    #: Of which the page was out of sight.
    hidden_milliseconds: Mapped[int] = mapped_column(Integer, server_default="0")
    #: Given to a whole group at once, which counts as one judgement.
    group_id: Mapped[int | None] = mapped_column(ForeignKey("case_groups.id"))
    #: The verdict this one takes the place of; its note says why.
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("verdicts.id"))
    #: The database transaction that wrote it: who follows what becomes known misses no late commit.
    xact: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
