"""Tables of what changed since a model learned: bets that stand, days that were counted, what was told."""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Number, Table, Words


class DriftRunRow(Table):
    """How far a model's payments have been read; whoever goes on holds the row."""

    __tablename__ = "drift_runs"

    model_version: Mapped[Words] = mapped_column(ForeignKey("models.version"), primary_key=True)
    #: Bins, sample and age: under others the run begins anew.
    rule: Mapped[Words]
    #: Payments received before this have been counted.
    through: Mapped[Moment]
    #: Payments received before this were old enough, and count for the calibration.
    matured_through: Mapped[Moment]
    #: Truths heard before this count for the delays.
    heard_through: Mapped[Moment]
    #: The arrays of `app.triage.drift.exchangeability.DriftBets`, one after the other, little-endian.
    bets: Mapped[bytes] = mapped_column(BYTEA)


class DriftDayRow(Table):
    """What arrived on a day (UTC)."""

    __tablename__ = "drift_days"

    model_version: Mapped[Words] = mapped_column(ForeignKey("drift_runs.model_version"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    payments: Mapped[int] = mapped_column(BigInteger)
    scored: Mapped[int] = mapped_column(BigInteger)
    review: Mapped[int] = mapped_column(BigInteger)
    declined: Mapped[int] = mapped_column(BigInteger)
    novel: Mapped[int] = mapped_column(BigInteger)
    #: Sums of the probabilities of fraud.
    predicted: Mapped[Number]
    predicted_approved: Mapped[Number]
    predicted_declined: Mapped[Number]
    #: Payments of which features were read, and how many of them lie in each bin: little-endian uint32.
    sampled: Mapped[int] = mapped_column(BigInteger)
    counts: Mapped[bytes] = mapped_column(BYTEA)


class DriftMaturedRow(Table):
    """Payments of a day (UTC) that were old enough, by band of probability."""

    __tablename__ = "drift_matured"

    model_version: Mapped[Words] = mapped_column(ForeignKey("drift_runs.model_version"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    drawn: Mapped[int] = mapped_column(BigInteger)
    unanswered: Mapped[int] = mapped_column(BigInteger)
    #: The columns of `app.triage.drift.maturing.Matured`, little-endian float64.
    bands: Mapped[bytes] = mapped_column(BYTEA)


class DriftDelayRow(Table):
    """How long the truths of one source, heard in one month, took from the payment's arrival."""

    __tablename__ = "drift_delays"

    model_version: Mapped[Words] = mapped_column(ForeignKey("drift_runs.model_version"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[Words] = mapped_column(primary_key=True)
    #: How many took how long (`app.triage.drift.delays`): little-endian uint32.
    counts: Mapped[bytes] = mapped_column(BYTEA)


class DriftEventRow(Table):
    """Something was called changed; append-only."""

    __tablename__ = "drift_events"
    __table_args__ = (Index("ix_drift_events_model_version", "model_version", "id"),)

    id: Mapped[Key]
    model_version: Mapped[Words] = mapped_column(ForeignKey("models.version"))
    subject: Mapped[Words]
    reason: Mapped[Words]
    happened_at: Mapped[Moment]
