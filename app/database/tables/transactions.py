"""Tables of what arrived and what was said of it: transactions, scores, decisions, outcomes, labels."""

from datetime import datetime
from decimal import Decimal

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
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Number, Table, Words, choice
from app.review.outcome import GroundTruth, OutcomeSource, Report
from app.triage.labels import Label, Reason

#: Attributes by which payments are linked.
LINKS = ("card", "device", "merchant", "ip")


def unlike_itself(written: str) -> str:
    """Return the SQL condition that a text is not its own comparable form: an index of its own leads there.

    Any other text is found by equality. ASCII, which is most there is, needs no comparison.
    """
    return f"{written} ~ '[^ -~]' AND comparable_text({written}) <> {written}"


class TransactionRow(Table):
    """A payment as its client described it; its id is unique per client."""

    __tablename__ = "transactions"
    __table_args__ = (
        UniqueConstraint("client_id", "transaction_id"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        # Payments that share one of these are linked; the newest are looked at first.
        *(
            Index(
                f"ix_transactions_{name}",
                text(f"(attributes ->> '{name}')"),
                "id",
                postgresql_where=text(f"attributes ? '{name}'"),
            )
            for name in LINKS
        ),
        # The same text in other characters (`app.review.text`): of usual payments none is in these.
        *(
            Index(
                f"ix_transactions_same_{name}",
                text(f"comparable_text(attributes ->> '{name}')"),
                "id",
                postgresql_where=text(unlike_itself(f"(attributes ->> '{name}')")),
            )
            for name in LINKS
        ),
        Index(
            "ix_transactions_same_id",
            text("comparable_text(transaction_id)"),
            postgresql_where=text(unlike_itself("transaction_id")),
        ),
        Index(
            "ix_transactions_words",
            text("jsonb_to_tsvector('simple', attributes, '[\"string\"]')"),
            postgresql_using="gin",
        ),
    )

    id: Mapped[Key]
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    transaction_id: Mapped[str] = mapped_column(String(128))
    #: Of the validated, normalised body: what a repeat is compared with.
    body_sha256: Mapped[bytes] = mapped_column(BYTEA)
    occurred_at: Mapped[Moment]
    amount: Mapped[Decimal] = mapped_column(Numeric(16, 4))
    currency: Mapped[str] = mapped_column(String(3))
    features: Mapped[dict[str, float]] = mapped_column(JSONB)
    attributes: Mapped[dict[str, str]] = mapped_column(JSONB)
    respond_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[Moment]


class ScoreRow(Table):
    """The score of a transaction by one model version; a head that lacks a quantity leaves it null."""

    __tablename__ = "scores"

    id: Mapped[Key]
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"))
    #: No foreign key of its own: the decision that points here holds the pair.
    model_version: Mapped[Words]
    evidence_fraud: Mapped[Number]
    evidence_legit: Mapped[Number | None]
    margin: Mapped[Number]
    spread: Mapped[Number]
    interval_low: Mapped[Number]
    interval_high: Mapped[Number]
    probability: Mapped[Number]
    entropy: Mapped[Number]
    expected_entropy: Mapped[Number]
    mutual_information: Mapped[Number]
    predictive_variance: Mapped[Number]
    novelty: Mapped[Number]
    device: Mapped[str] = mapped_column(String(16))


class DecisionRow(Table):
    """The decision on a transaction, its model and policy, and its chance of an audit; append-only."""

    __tablename__ = "decisions"
    __table_args__ = (
        ForeignKeyConstraint(["policy_id", "model_version"], ["policies.id", "policies.model_version"]),
        UniqueConstraint("transaction_id", "attempt"),
        CheckConstraint("label_propensity BETWEEN 0 AND 1", name="propensity_is_probability"),
        CheckConstraint("label = 'unknown' OR score_id IS NOT NULL", name="no_score_is_unknown"),
        Index("ix_decisions_decided_at", "decided_at"),
    )

    id: Mapped[Key]
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"))
    #: 1 for the answer the client got; a re-scored transaction gets 2, 3, ...
    attempt: Mapped[int] = mapped_column(SmallInteger)
    score_id: Mapped[int | None] = mapped_column(ForeignKey("scores.id"))
    policy_id: Mapped[int]
    model_version: Mapped[Words]
    label: Mapped[Label] = mapped_column(choice(Label, "label"))
    reason: Mapped[Reason] = mapped_column(choice(Reason, "reason"))
    label_propensity: Mapped[Number]
    decided_at: Mapped[Moment]


class ShadowDecisionRow(Table):
    """What a policy in shadow would have decided, beside the decision that counted; append-only."""

    __tablename__ = "shadow_decisions"
    __table_args__ = (
        ForeignKeyConstraint(["policy_id", "model_version"], ["policies.id", "policies.model_version"]),
    )

    policy_id: Mapped[int] = mapped_column(primary_key=True)
    model_version: Mapped[Words]
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"), primary_key=True)
    score_id: Mapped[int | None] = mapped_column(ForeignKey("scores.id"))
    label: Mapped[Label] = mapped_column(choice(Label, "label"))
    reason: Mapped[Reason] = mapped_column(choice(Reason, "reason"))
    decided_at: Mapped[Moment]


class OutcomeRow(Table):
    """What the client may act on, once and for all; ordered by epoch and by the commit that made it."""

    __tablename__ = "outcomes"
    __table_args__ = (Index("ix_outcomes_in_order", "client_id", "epoch", "xact", "transaction_id"),)

    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"), primary_key=True)
    #: The transaction's, repeated here for the index; no foreign key of its own.
    client_id: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[GroundTruth] = mapped_column(choice(GroundTruth, "outcome"))
    source: Mapped[OutcomeSource] = mapped_column(choice(OutcomeSource, "source"))
    settled_at: Mapped[Moment]
    #: The database transaction that settled it: a reader that stays below the oldest running one
    #: (`pg_snapshot_xmin`) never passes over a row that commits late.
    xact: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    #: In which history of transaction ids (`OutcomeEpochRow`).
    epoch: Mapped[int] = mapped_column(Integer, server_default=text("outcome_epoch()"))


class OutcomeEpochRow(Table):
    """A history of transaction ids, which begin anew in another server or timeline; append-only."""

    __tablename__ = "outcome_epochs"

    epoch: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: PostgreSQL's own; null for what was settled before epochs were kept.
    system_identifier: Mapped[int | None] = mapped_column(BigInteger)
    timeline: Mapped[int | None] = mapped_column(BigInteger)
    began_at: Mapped[Moment]


class LabelRow(Table):
    """What turned out to be true of a transaction, and how it was learned; append-only."""

    __tablename__ = "labels"
    __table_args__ = (
        UniqueConstraint("transaction_id", "source", "label", "occurred_at", "learned_at"),
        CheckConstraint("learned_at >= occurred_at", name="learned_after_it_occurred"),
        CheckConstraint("propensity > 0 AND propensity <= 1", name="propensity_is_probability"),
        CheckConstraint("label <> 'withdrawn' OR propensity IS NULL", name="withdrawn_has_no_propensity"),
        Index("ix_labels_xact", "xact"),
    )

    id: Mapped[Key]
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"))
    label: Mapped[Report] = mapped_column(choice(Report, "label"))
    source: Mapped[str] = mapped_column(String(64))
    occurred_at: Mapped[Moment]
    learned_at: Mapped[Moment]
    recorded_at: Mapped[Moment]
    #: The chance with which this source would have reported this transaction, whatever the truth; null
    #: where it cannot say: chargebacks come for frauds alone.
    propensity: Mapped[float | None] = mapped_column(Double)
    #: The database transaction that wrote it: who follows what becomes known misses no late commit.
    xact: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
