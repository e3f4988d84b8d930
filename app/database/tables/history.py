"""Tables of history: the states of keys, the frauds they were told of, and when states were made anew."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Double, Index, SmallInteger, true
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Table, Words


class HistoryStateRow(Table):
    """What is kept of a card, a terminal, a device; changed in the commit of each of its payments."""

    __tablename__ = "history_states"
    __table_args__ = (
        Index("ix_history_states_latest", "latest", postgresql_using="brin"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    #: HMAC of the history and of the value that tells the key: no card is written here.
    key: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[Words]
    #: How often it changed: the order that a replay follows.
    updates: Mapped[int] = mapped_column(BigInteger)
    #: The end of the day (UTC) of its newest payment, in seconds since 1970; null before the first.
    latest: Mapped[float | None] = mapped_column(Double)
    #: `app.scoring.history.packing`; empty before the first.
    state: Mapped[bytes] = mapped_column(BYTEA)


class HistoryFraudRow(Table):
    """That a key was told of a fraud (1), or that it was none after all (-1), as this update; append-only."""

    __tablename__ = "history_frauds"
    __table_args__ = (
        CheckConstraint("count IN (1, -1)", name="count_is_one"),
        Index("ix_history_frauds_payment_id", "payment_id"),
    )

    key: Mapped[UUID] = mapped_column(primary_key=True)
    updates: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    payment_id: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int] = mapped_column(SmallInteger)
    recorded_at: Mapped[Moment]


class HistoryProgressRow(Table):
    """Up to which database transaction labels and verdicts were looked at."""

    __tablename__ = "history_progress"
    __table_args__ = (CheckConstraint("is_only", name="is_one"),)

    is_only: Mapped[bool] = mapped_column(primary_key=True, server_default=true())
    xact: Mapped[int] = mapped_column(BigInteger)


class HistoryRebuildRow(Table):
    """That the states of a history were worked out anew from stored payments; append-only."""

    __tablename__ = "history_rebuilds"

    id: Mapped[Key]
    #: `app.scoring.schema.history_features.update_name`, and the currency of its amounts.
    history: Mapped[Words]
    currency: Mapped[Words]
    #: Payments up to this key are in its states, with an update number of it or without.
    upto: Mapped[int] = mapped_column(BigInteger)
    payments: Mapped[int] = mapped_column(BigInteger)
    keys: Mapped[int] = mapped_column(BigInteger)
    #: When the oldest of these payments occurred; null where there was none.
    oldest_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    rebuilt_at: Mapped[Moment]
