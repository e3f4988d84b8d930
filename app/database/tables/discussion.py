"""Tables of what a team says to each other about a case: comments, files, messages, and who wants to hear."""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Table, Words, choice
from app.review.discussion.attachments import Media
from app.review.discussion.messages import MessageKind


class CommentRow(Table):
    """What somebody said about a case; append-only."""

    __tablename__ = "comments"
    __table_args__ = (
        UniqueConstraint("case_id", "place"),
        CheckConstraint("place BETWEEN 1 AND 500", name="bounded_a_case"),
        CheckConstraint("length(words) BETWEEN 1 AND 2000", name="words_are_bounded"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    #: The form it came by: one that comes twice says nothing new. Addresses name a row by it, never by its
    #: key, for how keys go on tells of rows that a reader may not hear of.
    form: Mapped[UUID] = mapped_column(unique=True)
    said_at: Mapped[Moment]
    #: Which of the case's it is, from 1.
    place: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[Words]


class AttachmentRow(Table):
    """An address, or a small file, that belongs to a case; append-only."""

    __tablename__ = "attachments"
    __table_args__ = (
        UniqueConstraint("case_id", "place"),
        CheckConstraint("place BETWEEN 1 AND 10", name="ten_a_case"),
        CheckConstraint(
            "(address IS NULL) = (content IS NOT NULL) AND (content IS NULL) = (name IS NULL)"
            " AND (content IS NULL) = (media IS NULL)",
            name="address_or_file",
        ),
        CheckConstraint("octet_length(content) BETWEEN 1 AND 1048576", name="size_is_bounded"),
        CheckConstraint("address LIKE 'https://%' AND length(address) <= 2000", name="is_https"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_is_bounded"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    form: Mapped[UUID] = mapped_column(unique=True)
    added_at: Mapped[Moment]
    #: Which of the case's it is, from 1.
    place: Mapped[int] = mapped_column(SmallInteger)
    #: Either where it is, or what it is called, of which kind, and its bytes.
    address: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    media: Mapped[Media | None] = mapped_column(choice(Media, "media"))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)


class CommentReadRow(Table):
    """Up to which comment of a case somebody has read, by its place."""

    __tablename__ = "comment_reads"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    through: Mapped[int] = mapped_column(SmallInteger)


class MessageRow(Table):
    """That somebody was told of a case; nothing of it changes but that it is read."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("(kind = 'mention') = (comment_id IS NOT NULL)", name="mention_has_comment"),
        CheckConstraint("length(words) <= 2000", name="words_are_bounded"),
        CheckConstraint("read_at >= told_at", name="read_after_told"),
        Index("ix_messages_account_id", "account_id", text("id DESC")),
        Index("ix_messages_unread", "account_id", "id", postgresql_where=text("read_at IS NULL")),
        # Those that are deleted next.
        Index("ix_messages_read_at", "read_at", postgresql_where=text("read_at IS NOT NULL")),
        # Each process looks for breaches: one of them tells.
        Index(
            "uq_messages_one_breach",
            "case_id",
            "account_id",
            unique=True,
            postgresql_where=text("kind = 'breach'"),
        ),
        # And of a case that came back at its moment, which is when it is told.
        Index(
            "uq_messages_one_return",
            "case_id",
            "account_id",
            "told_at",
            unique=True,
            postgresql_where=text("kind = 'returned'"),
        ),
        Index("uq_messages_one_mention", "comment_id", "account_id", unique=True),
    )

    id: Mapped[Key]
    #: What addresses name it by, for the same reason.
    handle: Mapped[UUID] = mapped_column(unique=True, server_default=text("gen_random_uuid()"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[MessageKind] = mapped_column(choice(MessageKind, "kind"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    #: None: time did it.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    #: Of a mention: where it stands.
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    #: Why, where somebody said so; a mention's words are those of its comment.
    words: Mapped[Words]
    told_at: Mapped[Moment]
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class MessageWishRow(Table):
    """Which kinds of messages somebody's browser shows, and when it is quiet; without a row: none."""

    __tablename__ = "message_wishes"
    __table_args__ = (
        CheckConstraint("kinds <@ ARRAY['mention', 'assigned', 'returned', 'breach']", name="kinds"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name="quiet_is_whole"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    quiet_from: Mapped[time | None] = mapped_column(Time)
    quiet_to: Mapped[time | None] = mapped_column(Time)
    time_zone: Mapped[Words]
