"""Tables of the block and allow lists: entries, what was done with each, and how often they changed."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, SmallInteger, text, true
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Table, Words, choice
from app.review.lists.entry import Act, EntryState
from app.triage.labels import Listed

#: The number of merchants among `LINKS`: what is listed of them stands by two people.
MERCHANT = 3


class ListEntryRow(Table):
    """That a card, a merchant, a device or an address is blocked or allowed; known by its fingerprint."""

    __tablename__ = "list_entries"
    __table_args__ = (
        CheckConstraint("effect <> 'allow' OR expires_at IS NOT NULL", name="allow_expires"),
        CheckConstraint("expires_at > made_at", name="expires_later"),
        CheckConstraint(
            f"entity <> {MERCHANT} OR state NOT IN ('live', 'ended')"
            " OR coalesce(approved_by <> made_by, false)",
            name="merchant_by_two",
        ),
        CheckConstraint(
            f"entity <> {MERCHANT} OR state <> 'ended' OR coalesce(lift_by <> ended_by, false)",
            name="merchant_lifted_by_two",
        ),
        CheckConstraint("(lift_by IS NULL) = (lift_reason IS NULL)", name="lift_has_reason"),
        CheckConstraint("(state IN ('ended', 'refused')) = (ended_by IS NOT NULL)", name="ended_by_somebody"),
        CheckConstraint("(state IN ('proposed', 'live')) = (ended_at IS NULL)", name="ended_has_moment"),
        # A value is blocked, or allowed, or neither: never both, and never twice.
        Index(
            "uq_list_entries_standing",
            "entity",
            "fingerprint",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'live')"),
        ),
        Index("ix_list_entries_changed_in", "changed_in"),
    )

    id: Mapped[Key]
    entity: Mapped[int] = mapped_column(SmallInteger, ForeignKey("link_entities.id"))
    #: `link_fingerprint` of the value as lists compare it.
    fingerprint: Mapped[int] = mapped_column(BigInteger)
    #: What may be shown of the value.
    shown: Mapped[Words]
    effect: Mapped[Listed] = mapped_column(choice(Listed, "effect"))
    state: Mapped[EntryState] = mapped_column(choice(EntryState, "state"))
    reason: Mapped[Words]
    made_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[Moment]
    #: By the clock of decisions; null: without end.
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    #: Who asks that it be lifted, and why.
    lift_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    lift_reason: Mapped[str | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: The version of the lists that its last change made.
    changed_in: Mapped[int] = mapped_column(BigInteger)


class ListEventRow(Table):
    """What somebody did with an entry; append-only."""

    __tablename__ = "list_events"
    __table_args__ = (Index("ix_list_events_entry_id", "entry_id", "id"),)

    id: Mapped[Key]
    entry_id: Mapped[int] = mapped_column(ForeignKey("list_entries.id"))
    act: Mapped[Act] = mapped_column(choice(Act, "act"))
    #: Null where time did it.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[Words]
    happened_at: Mapped[Moment]


class ListVersionRow(Table):
    """How often the lists changed: whoever changes them holds the row until commit."""

    __tablename__ = "list_version"
    __table_args__ = (CheckConstraint("is_only", name="is_one"),)

    is_only: Mapped[bool] = mapped_column(primary_key=True, server_default=true())
    version: Mapped[int] = mapped_column(BigInteger)
