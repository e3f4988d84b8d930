"""Tables of lists people work with: named views of the queue, who begins with which, and exports of cases."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Json, Key, Moment, Table, Words


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
