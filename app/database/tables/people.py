"""Tables of who may do what: accounts, their sessions and login links, and API clients."""

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, DateTime, ForeignKey, Text, true
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Table, Words, choice
from app.review.people import Role


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


class LoginLinkRow(Table):
    """A link that logs its holder in once."""

    __tablename__ = "login_links"

    token_sha256: Mapped[Words] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class LoginAttemptRow(Table):
    """A failed login, kept so that guessing gets slower."""

    __tablename__ = "login_attempts"

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(index=True)
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
    revoked_at: Mapped[datetime | None]


class AccountTokenRow(Table):
    """A person's key for programs that act in their name; stored only as a hash, only ever revoked."""

    __tablename__ = "account_tokens"

    token_sha256: Mapped[Words] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[Words]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
