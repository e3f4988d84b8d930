"""Tables of how clients' feeds stand beside what a model learned from, and who said what about it."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Table, Words, choice
from app.review.feed_status import FeedStatus


class FeedCursorRow(Table):
    """Up to which payment feeds were looked at, per model; whoever looks holds the row."""

    __tablename__ = "feed_cursors"

    model_version: Mapped[str] = mapped_column(ForeignKey("models.version"), primary_key=True)
    after_key: Mapped[int] = mapped_column(BigInteger)


class FeedWatchRow(Table):
    """The state of the sequential test of one client's feed; see app.scoring.feed.watch."""

    __tablename__ = "feed_watches"
    __table_args__ = (
        CheckConstraint("(status = 'watched') = (wrong_since IS NULL)", name="wrong_has_moment"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    model_version: Mapped[str] = mapped_column(ForeignKey("models.version"), primary_key=True)
    status: Mapped[FeedStatus] = mapped_column(choice(FeedStatus, "status"))
    rows_seen: Mapped[int] = mapped_column(BigInteger)
    #: Little-endian float64, one per bet.
    wealth: Mapped[bytes] = mapped_column(BYTEA)
    recent: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    wrong_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class FeedEventRow(Table):
    """A feed was found wrong, or a manager answered; append-only."""

    __tablename__ = "feed_events"
    __table_args__ = (Index("ix_feed_events_client_id", "client_id", "id"),)

    id: Mapped[Key]
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    model_version: Mapped[str] = mapped_column(ForeignKey("models.version"))
    #: What it stands as from now on.
    status: Mapped[FeedStatus] = mapped_column(choice(FeedStatus, "status"))
    #: Null: the service found it.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[Words]
    happened_at: Mapped[Moment]
    #: Payments looked at, and what may have happened to the feed.
    details: Mapped[dict[str, object]] = mapped_column(JSONB)
