"""What a team says to each other about a case: comments, files, messages, and what somebody wants to hear."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

APPEND_ONLY = ("comments", "attachments")
# A message is told once; what becomes of it is that somebody reads it.
GUARD = """
CREATE FUNCTION guard_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.read_at IS NOT NULL
        OR to_jsonb(NEW) - 'read_at' IS DISTINCT FROM to_jsonb(OLD) - 'read_at' THEN
        RAISE EXCEPTION 'a message is never changed but for being read';
    END IF;
    RETURN NEW;
END $$
"""
TOLD = """
CREATE FUNCTION tell_of_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('message_told', NEW.account_id::text);
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "comments",
        *_said("said_at"),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        *_keys("comments"),
        sa.UniqueConstraint("case_id", "place", name=op.f("uq_comments_case_id_place")),
        sa.CheckConstraint("place BETWEEN 1 AND 500", name=op.f("ck_comments_bounded_a_case")),
        sa.CheckConstraint("length(words) BETWEEN 1 AND 2000", name=op.f("ck_comments_words_are_bounded")),
    )
    _attachments()
    op.create_table(
        "comment_reads",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("through", sa.SmallInteger(), nullable=False),
        *_of("comment_reads"),
        sa.PrimaryKeyConstraint("case_id", "account_id", name=op.f("pk_comment_reads")),
    )
    _messages()
    _wishes()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(GUARD)
    op.execute(TOLD)
    op.execute(
        "CREATE TRIGGER guard_message BEFORE UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION guard_message()"
    )
    op.execute(
        "CREATE TRIGGER tell_of_message AFTER INSERT OR UPDATE ON messages"
        " FOR EACH ROW EXECUTE FUNCTION tell_of_message()"
    )


def downgrade() -> None:
    """Go down; what was said is lost."""
    for table in ("message_wishes", "messages", "comment_reads", "attachments", "comments"):
        op.drop_table(table)
    op.execute("DROP FUNCTION tell_of_message()")
    op.execute("DROP FUNCTION guard_message()")


def _attachments() -> None:
    op.create_table(
        "attachments",
        *_said("added_at"),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("media", sa.String(length=32), nullable=True),
        sa.Column("content", postgresql.BYTEA(), nullable=True),
        *_keys("attachments"),
        sa.UniqueConstraint("case_id", "place", name=op.f("uq_attachments_case_id_place")),
        sa.CheckConstraint("place BETWEEN 1 AND 10", name=op.f("ck_attachments_ten_a_case")),
        sa.CheckConstraint(
            "(address IS NULL) = (content IS NOT NULL) AND (content IS NULL) = (name IS NULL)"
            " AND (content IS NULL) = (media IS NULL)",
            name=op.f("ck_attachments_address_or_file"),
        ),
        sa.CheckConstraint(
            "octet_length(content) BETWEEN 1 AND 1048576", name=op.f("ck_attachments_size_is_bounded")
        ),
        sa.CheckConstraint(
            "address LIKE 'https://%' AND length(address) <= 2000", name=op.f("ck_attachments_is_https")
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_attachments_name_is_bounded")),
        sa.CheckConstraint("media IN ('pdf', 'png', 'jpeg', 'text')", name=op.f("ck_attachments_media")),
    )
    # Pictures and PDFs are compressed already.
    op.execute("ALTER TABLE attachments ALTER COLUMN content SET STORAGE EXTERNAL")


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("handle", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        _moment("told_at"),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        *_of("messages"),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_messages_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_messages_comment_id_comments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("handle", name=op.f("uq_messages_handle")),
        sa.CheckConstraint(
            "kind IN ('mention', 'assigned', 'returned', 'breach')", name=op.f("ck_messages_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'mention') = (comment_id IS NOT NULL)", name=op.f("ck_messages_mention_has_comment")
        ),
        sa.CheckConstraint("length(words) <= 2000", name=op.f("ck_messages_words_are_bounded")),
        sa.CheckConstraint("read_at >= told_at", name=op.f("ck_messages_read_after_told")),
    )
    op.create_index("ix_messages_account_id", "messages", ["account_id", sa.text("id DESC")])
    op.create_index(
        "ix_messages_unread", "messages", ["account_id", "id"], postgresql_where=sa.text("read_at IS NULL")
    )
    op.create_index(
        "uq_messages_one_breach",
        "messages",
        ["case_id", "account_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'breach'"),
    )
    op.create_index("uq_messages_one_mention", "messages", ["comment_id", "account_id"], unique=True)


def _wishes() -> None:
    op.create_table(
        "message_wishes",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_message_wishes_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_message_wishes")),
        sa.CheckConstraint(
            "kinds <@ ARRAY['mention', 'assigned', 'returned', 'breach']",
            name=op.f("ck_message_wishes_kinds"),
        ),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_to IS NULL)", name=op.f("ck_message_wishes_quiet_is_whole")
        ),
    )


def _said(when: str) -> tuple[sa.Column[Any], ...]:
    """Return who said something on which case, by which form and when."""
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Uuid(), nullable=False),
        _moment(when),
    )


def _keys(table: str) -> tuple[sa.Constraint, ...]:
    return (
        *_of(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("form", name=op.f(f"uq_{table}_form")),
    )


def _of(table: str) -> tuple[sa.Constraint, ...]:
    """Return that a row is about a case and an account."""
    return (
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f(f"fk_{table}_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id_accounts")
        ),
    )


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
