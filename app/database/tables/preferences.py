"""Tables of how people want the pages to be."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Text, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Moment, Table, choice
from app.review.access.hotkeys import Move
from app.review.access.languages import Language


class PreferencesRow(Table):
    """What a person has chosen; null: as their browser has it."""

    __tablename__ = "preferences"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    language: Mapped[Language | None] = mapped_column(choice(Language, "language"))
    zone: Mapped[str | None] = mapped_column(Text)
    are_keys_on: Mapped[bool] = mapped_column(Boolean, server_default=true())
    changed_at: Mapped[Moment]


class HotkeyRow(Table):
    """A key of somebody who has keys of their own: all moves have a row then, or none has."""

    __tablename__ = "hotkeys"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        CheckConstraint("key ~ '^[a-z?]$'", name="key_is_one"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("preferences.account_id"), primary_key=True)
    move: Mapped[Move] = mapped_column(choice(Move, "move"), primary_key=True)
    #: Null: no key does it.
    key: Mapped[str | None] = mapped_column(Text)
