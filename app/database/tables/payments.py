"""Tables of what arrived and what was said of it: payments, later decisions and outcomes, shadows, labels."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Number, Table, Words, choice
from app.review.outcome import GroundTruth, OutcomeSource, Report
from app.triage.labels import Label, Listed, Reason

_WHOLE_LISTING = (
    "(listed IS NULL) = (list_entry_id IS NULL) AND (listed IS NULL) = (unlisted_reason IS NULL)"
    " AND (reason <> 'blocked' OR coalesce(listed = 'block', false))"
    " AND (reason <> 'allowed' OR coalesce(listed = 'allow', false))"
)
_XACT = text("(pg_current_xact_id()::text)::bigint")


class FeatureListRow(Table):
    """Names of features, in the order in which payments hold their values; append-only."""

    __tablename__ = "feature_lists"
    __table_args__ = (UniqueConstraint("names"),)

    id: Mapped[int] = mapped_column(SmallInteger, Identity(), primary_key=True)
    names: Mapped[list[str]] = mapped_column(ARRAY(Text))


class _Scored:
    """The columns of a score; all are null where no model gave one."""

    evidence_fraud: Mapped[float | None] = mapped_column(Double)
    evidence_legit: Mapped[float | None] = mapped_column(Double)
    margin: Mapped[float | None] = mapped_column(Double)
    spread: Mapped[float | None] = mapped_column(Double)
    interval_low: Mapped[float | None] = mapped_column(Double)
    interval_high: Mapped[float | None] = mapped_column(Double)
    probability: Mapped[float | None] = mapped_column(Double)
    entropy: Mapped[float | None] = mapped_column(Double)
    expected_entropy: Mapped[float | None] = mapped_column(Double)
    mutual_information: Mapped[float | None] = mapped_column(Double)
    predictive_variance: Mapped[float | None] = mapped_column(Double)
    novelty: Mapped[float | None] = mapped_column(Double)


class _Listed:
    """What the lists said; all are null where no entity of the payment was on one."""

    listed: Mapped[Listed | None] = mapped_column(choice(Listed, "listed"))
    #: The entry that spoke.
    list_entry_id: Mapped[int | None] = mapped_column(BigInteger)
    #: By which rule it would have been decided without lists.
    unlisted_reason: Mapped[Reason | None] = mapped_column(choice(Reason, "unlisted_reason"))


class PaymentRow(_Scored, _Listed, Table):
    """A payment, the score and the decision its client was answered with, and the outcome of that.

    Written once, in one commit; read by the views `transactions`, `decisions` and `outcomes`. The month in
    which it was received is part of its key (`payment_base`), and a partition holds a month.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("label_propensity BETWEEN 0 AND 1", name="propensity_is_probability"),
        CheckConstraint(
            "label = 'unknown' OR margin IS NOT NULL OR reason = 'blocked'", name="no_score_is_unknown"
        ),
        CheckConstraint(_WHOLE_LISTING, name="listing_is_whole"),
        CheckConstraint("(label = 'unknown') = (position IS NULL)", name="settled_has_position"),
        # A commit's payments share a position, so the index holds little more than where they lie.
        Index("ix_payments_in_order", "client_id", "position", postgresql_where=text("position IS NOT NULL")),
        Index(
            "ix_payments_received_at",
            "received_at",
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on"},
        ),
        Index("ix_payments_decision_id", "decision_id", postgresql_where=text("decision_id IS NOT NULL")),
        Index(
            "ix_payments_list_entry_id",
            "list_entry_id",
            "id",
            postgresql_where=text("list_entry_id IS NOT NULL"),
        ),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: Of what the machine decided at once, its place among outcomes (`outcome_position`).
    position: Mapped[int | None] = mapped_column(BigInteger)
    occurred_at: Mapped[Moment]
    #: And decided.
    received_at: Mapped[Moment]
    label_propensity: Mapped[Number]
    #: The number of its first decision; null where that is its own.
    decision_id: Mapped[int | None] = mapped_column(BigInteger)
    respond_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    client_id: Mapped[int] = mapped_column(Integer)
    policy_id: Mapped[int] = mapped_column(Integer)
    feature_list: Mapped[int] = mapped_column(SmallInteger)
    transaction_id: Mapped[str] = mapped_column(String(128))
    #: Of the validated, normalised body: what a repeat is compared with.
    body_sha256: Mapped[bytes] = mapped_column(BYTEA)
    amount: Mapped[Decimal] = mapped_column(Numeric(16, 4))
    currency: Mapped[str] = mapped_column(String(3))
    label: Mapped[Label] = mapped_column(choice(Label, "label"))
    reason: Mapped[Reason] = mapped_column(choice(Reason, "reason"))
    device: Mapped[str | None] = mapped_column(String(16))
    #: In the order of their list: numbers, null where a value is a text or missing; texts, null without any.
    features: Mapped[list[float | None]] = mapped_column(ARRAY(Double))
    feature_texts: Mapped[list[str | None] | None] = mapped_column(ARRAY(Text))
    #: What its model read of history, and under which update of each key, in the order of their own list.
    derived_list: Mapped[int | None] = mapped_column(SmallInteger)
    derived: Mapped[list[float] | None] = mapped_column(ARRAY(Double))
    attributes: Mapped[dict[str, str]] = mapped_column(JSONB)


class PaymentKeyRow(Table):
    """By which a repeat is known, over all partitions: a digest of client and id; append-only."""

    __tablename__ = "payment_keys"

    key: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(BigInteger)


class LaterDecisionRow(_Scored, _Listed, Table):
    """What the machine decided when a score came late, and that score; append-only."""

    __tablename__ = "later_decisions"
    __table_args__ = (
        UniqueConstraint("transaction_id", "attempt"),
        CheckConstraint("attempt > 1", name="is_later"),
        CheckConstraint("label_propensity BETWEEN 0 AND 1", name="propensity_is_probability"),
        CheckConstraint(
            "label = 'unknown' OR margin IS NOT NULL OR reason = 'blocked'", name="no_score_is_unknown"
        ),
        CheckConstraint(_WHOLE_LISTING, name="listing_is_whole"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger,
        primary_key=True,
        server_default=text("(payment_base(now()) + nextval('payment_numbers'::regclass))"),
    )
    transaction_id: Mapped[int] = mapped_column(BigInteger)
    #: 1 was the answer the client got; a re-scored payment gets 2, 3, ...
    attempt: Mapped[int] = mapped_column(SmallInteger)
    policy_id: Mapped[int] = mapped_column(Integer, ForeignKey("policies.id"))
    label: Mapped[Label] = mapped_column(choice(Label, "label"))
    reason: Mapped[Reason] = mapped_column(choice(Reason, "reason"))
    label_propensity: Mapped[Number]
    decided_at: Mapped[Moment]
    device: Mapped[str | None] = mapped_column(String(16))


class LaterOutcomeRow(Table):
    """What the client may act on, once and for all, where the machine did not know at once; append-only.

    Ordered with those of `PaymentRow` by epoch and by the commit that made it.
    """

    __tablename__ = "later_outcomes"
    __table_args__ = (Index("ix_later_outcomes_in_order", "client_id", "epoch", "xact", "transaction_id"),)

    transaction_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    client_id: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[GroundTruth] = mapped_column(choice(GroundTruth, "outcome"))
    source: Mapped[OutcomeSource] = mapped_column(choice(OutcomeSource, "source"))
    settled_at: Mapped[Moment]
    #: The database transaction that settled it: a reader that stays below the oldest running one
    #: (`pg_snapshot_xmin`) never passes over a row that commits late.
    xact: Mapped[int] = mapped_column(BigInteger, server_default=_XACT)
    #: In which history of transaction ids (`OutcomeEpochRow`).
    epoch: Mapped[int] = mapped_column(Integer, server_default=text("outcome_epoch()"))


class ShadowScoreRow(_Scored, Table):
    """What another model than the active one said of a payment, for a policy in shadow; append-only."""

    __tablename__ = "shadow_scores"

    id: Mapped[Key]
    transaction_id: Mapped[int] = mapped_column(BigInteger)
    model_version: Mapped[Words]
    device: Mapped[str] = mapped_column(String(16))


class ShadowDecisionRow(Table):
    """What a policy in shadow would have decided, beside the decision that counted; append-only."""

    __tablename__ = "shadow_decisions"
    __table_args__ = (
        ForeignKeyConstraint(["policy_id", "model_version"], ["policies.id", "policies.model_version"]),
    )

    policy_id: Mapped[int] = mapped_column(primary_key=True)
    model_version: Mapped[Words]
    transaction_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    #: In `shadow_scores`; null where its model is the active one, or gave none.
    score_id: Mapped[int | None] = mapped_column(BigInteger)
    label: Mapped[Label] = mapped_column(choice(Label, "label"))
    reason: Mapped[Reason] = mapped_column(choice(Reason, "reason"))
    decided_at: Mapped[Moment]


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
    transaction_id: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[Report] = mapped_column(choice(Report, "label"))
    source: Mapped[str] = mapped_column(String(64))
    occurred_at: Mapped[Moment]
    learned_at: Mapped[Moment]
    recorded_at: Mapped[Moment]
    #: The chance with which this source would have reported this transaction, whatever the truth; null
    #: where it cannot say: chargebacks come for frauds alone.
    propensity: Mapped[float | None] = mapped_column(Double)
    #: The database transaction that wrote it: who follows what becomes known misses no late commit.
    xact: Mapped[int] = mapped_column(BigInteger, server_default=_XACT)


class CurrencyRateRow(Table):
    """What one unit of a currency was worth on a day, in units of the base currency; append-only."""

    __tablename__ = "currency_rates"
    __table_args__ = (
        CheckConstraint("rate > 0 AND rate < 'Infinity'", name="rate_is_positive"),
        Index("ix_currency_rates_newest", "base", "currency", "as_of", "id"),
    )

    id: Mapped[Key]
    base: Mapped[Words]
    currency: Mapped[Words]
    rate: Mapped[Decimal] = mapped_column(Numeric)
    as_of: Mapped[date] = mapped_column(Date)
    loaded_at: Mapped[Moment]
