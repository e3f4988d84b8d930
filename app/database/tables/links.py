"""Tables by which payments are found: links of shared values, and words; written behind the commit."""

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, UniqueConstraint, true
from sqlalchemy.dialects.postgresql import BYTEA, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Moment, Table, Words

#: Attributes by which payments are linked.
LINKS = ("card", "device", "merchant", "ip", "email", "customer")
#: The entity under which a payment's own id lies, where it can be written in several ways.
WRITTEN_ID = 0


class LinkEntityRow(Table):
    """An attribute by which payments are linked."""

    __tablename__ = "link_entities"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[Words]


class LinkKeyRow(Table):
    """The secret by which values become fingerprints (HMAC-SHA256: the key within its two pads)."""

    __tablename__ = "link_keys"
    __table_args__ = (CheckConstraint("is_only", name="is_one"),)

    is_only: Mapped[bool] = mapped_column(primary_key=True, server_default=true())
    inner_pad: Mapped[bytes] = mapped_column(BYTEA)
    outer_pad: Mapped[bytes] = mapped_column(BYTEA)


class PaymentLinkRow(Table):
    """That a payment has a value, known by its `link_fingerprint`; partitioned as payments are."""

    __tablename__ = "payment_links"
    __table_args__ = ({"postgresql_partition_by": "RANGE (payment_id)"},)

    entity: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    fingerprint: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    payment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class PaymentWordsRow(Table):
    """The words of a payment's attributes; partitioned as payments are."""

    __tablename__ = "payment_words"
    __table_args__ = (
        Index("ix_payment_words_words", "words", postgresql_using="gin"),
        {"postgresql_partition_by": "RANGE (payment_id)"},
    )

    payment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(TSVECTOR)


class LinkProgressRow(Table):
    """Up to which payment links and words are written, and the mark that comes next."""

    __tablename__ = "link_progress"
    __table_args__ = (CheckConstraint("is_only", name="is_one"),)

    is_only: Mapped[bool] = mapped_column(primary_key=True, server_default=true())
    indexed_to: Mapped[int] = mapped_column(BigInteger)
    #: All payments up to it are sure to be seen when the oldest running transaction is this one or later.
    next_mark: Mapped[int] = mapped_column(BigInteger)
    next_xact: Mapped[int] = mapped_column(BigInteger)
    indexed_at: Mapped[Moment]
