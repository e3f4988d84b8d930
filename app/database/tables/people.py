"""Tables of who may do what, and how they like it: accounts, sessions, login links, preferences, clients."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, DateTime, ForeignKey, Index, Text, UniqueConstraint, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Table, Words, choice
from app.review.access.administration import AccessAction, SessionEnd
from app.review.access.hotkeys import Move
from app.review.access.languages import Language
from app.review.access.people import Role


class AccountRow(Table):
    """A person, or one of the system's own actors (role `system`, never able to log in)."""

    __tablename__ = "accounts"

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True)
    #: `app.review.text.name_key`: names that read the same are the same.
    name_key: Mapped[Words] = mapped_column(unique=True)
    display_name: Mapped[Words]
    role: Mapped[Role] = mapped_column(choice(Role, "role"))
    #: argon2id; null: this account logs in by one-time link only.
    password_hash: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=true())
    created_at: Mapped[Moment]


class InstallationRow(Table):
    """Which installation this database is: its cookies are not another one's on the same host. One row."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("is_only", name="is_one"),)

    is_only: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=true())
    id: Mapped[Words]


class SessionRow(Table):
    """A browser's login; the cookie holds the token, the table only its hash."""

    __tablename__ = "sessions"

    token_sha256: Mapped[Words] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    csrf_token: Mapped[Words]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    #: Ended before its time by an administrator; the row stays until then to say so.
    ended_because: Mapped[SessionEnd | None] = mapped_column(choice(SessionEnd, "ended_because"))


class LoginLinkRow(Table):
    """A link that logs its holder in once."""

    __tablename__ = "login_links"

    token_sha256: Mapped[Words] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class LoginAttemptRow(Table):
    """A failed login, kept for a while so that guessing gets slower."""

    __tablename__ = "login_attempts"
    __table_args__ = (
        Index("ix_login_attempts_name_source", "name", "source", "failed_at"),
        Index("ix_login_attempts_source", "source", "failed_at"),
    )

    id: Mapped[Key]
    #: As `AccountRow.name_key`, whether there is such an account or not.
    name: Mapped[Words]
    #: `app.review.access.login_limits.source_of`.
    source: Mapped[Words]
    failed_at: Mapped[Moment] = mapped_column(index=True)


class ClientRow(Table):
    """A payment service that calls the API; its key is long and random, only the hash is kept."""

    __tablename__ = "clients"
    __table_args__ = (CheckConstraint("length(key_sha256) = 64", name="key_is_hashed"),)

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True)
    #: As an account's.
    name_key: Mapped[Words] = mapped_column(unique=True)
    key_sha256: Mapped[Words] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the key that works now was made; null: together with the client.
    rotated_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: To the minute.
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class RetiringKeyRow(Table):
    """A client's earlier key, which goes on working until its end so that the new one can be put in place."""

    __tablename__ = "retiring_keys"
    __table_args__ = (CheckConstraint("length(key_sha256) = 64", name="key_is_hashed"),)

    key_sha256: Mapped[Words] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    ends_at: Mapped[Moment]


class AccessEventRow(Table):
    """What was done to whose access, or to which key, by whom, why and from where; append-only."""

    __tablename__ = "access_events"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (client_id IS NULL)", name="one_subject"),
        Index("ix_access_events_account_id", "account_id", "id"),
        Index("ix_access_events_client_id", "client_id", "id"),
    )

    id: Mapped[Key]
    happened_at: Mapped[Moment]
    #: Null: at the command line.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    action: Mapped[AccessAction] = mapped_column(choice(AccessAction, "action"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    reason: Mapped[Words]
    source: Mapped[Words]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


class AccountTokenRow(Table):
    """A person's key for programs that act in their name; stored only as a hash, only ever revoked."""

    __tablename__ = "account_tokens"

    token_sha256: Mapped[Words] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[Words]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


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
