"""Somebody can be shut out: sessions and keys end at once, everywhere, and what was done is on record."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

SESSION_ENDS = ("deactivated", "signed_out", "reset")
ACTIONS = (
    "added", "link_made", "token_made", "tokens_revoked", "deactivated", "activated", "role_changed", "reset",
    "signed_out", "key_added", "key_rotated", "key_revoked",
)  # fmt: skip
CLAIM_ENDS = (
    "judged", "undone", "released", "skipped", "handed_over", "taken_back", "expired", "closed", "unopened",
)  # fmt: skip
# Whoever changes these tables, by our hand or by hand: all processes hear of it.
TELL = """
CREATE FUNCTION tell_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('access_changed', TG_TABLE_NAME);
    RETURN NULL;
END $$
"""
TOLD = {
    "accounts": "UPDATE OF is_active, role",
    "sessions": "DELETE OR UPDATE OF ended_because",
    "account_tokens": "UPDATE OF revoked_at",
    "clients": "UPDATE OF key_sha256, revoked_at",
    "retiring_keys": "DELETE OR UPDATE",
}


def upgrade() -> None:
    """Go up."""
    _sessions_and_attempts()
    _keys()
    _events()
    _claim_ends((*CLAIM_ENDS, "access_ended"))
    op.execute(TELL)
    for table, change in TOLD.items():
        op.execute(
            f"CREATE TRIGGER access_told AFTER {change} ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION tell_access()"
        )


def downgrade() -> None:
    """Go down."""
    op.execute("DROP FUNCTION tell_access() CASCADE")
    # What this release calls otherwise was a hold taken away, in the words of the one before.
    op.execute("ALTER TABLE claim_ends DISABLE TRIGGER append_only")
    op.execute("UPDATE claim_ends SET how = 'taken_back' WHERE how = 'access_ended'")
    op.execute("ALTER TABLE claim_ends ENABLE TRIGGER append_only")
    _claim_ends(CLAIM_ENDS)
    op.drop_table("access_events")
    op.drop_table("retiring_keys")
    for column in ("last_used_at", "rotated_at"):
        op.drop_column("clients", column)
    op.alter_column("clients", "revoked_at", type_=sa.DateTime(), postgresql_using="revoked_at")
    op.execute("DELETE FROM sessions WHERE ended_because IS NOT NULL")
    op.drop_column("sessions", "ended_because")
    for index in ("ix_login_attempts_name_source", "ix_login_attempts_source"):
        op.drop_index(index, "login_attempts")
    op.drop_column("login_attempts", "source")
    op.create_index("ix_login_attempts_name", "login_attempts", ["name"])


def _sessions_and_attempts() -> None:
    op.add_column("sessions", sa.Column("ended_because", _choice("ended_because", SESSION_ENDS)))
    op.create_check_constraint(
        op.f("ck_sessions_ended_because"), "sessions", _among("ended_because", SESSION_ENDS)
    )
    # Where they came from is not known, and they would be forgotten within the hour.
    op.execute("DELETE FROM login_attempts")
    op.add_column("login_attempts", sa.Column("source", sa.Text(), nullable=False))
    op.drop_index("ix_login_attempts_name", "login_attempts")
    op.create_index("ix_login_attempts_name_source", "login_attempts", ["name", "source", "failed_at"])
    op.create_index("ix_login_attempts_source", "login_attempts", ["source", "failed_at"])


def _keys() -> None:
    op.alter_column(
        "clients",
        "revoked_at",
        type_=sa.DateTime(timezone=True),
        postgresql_using="revoked_at AT TIME ZONE 'UTC'",
    )
    for column in ("rotated_at", "last_used_at"):
        op.add_column("clients", sa.Column(column, sa.DateTime(timezone=True)))
    op.create_table(
        "retiring_keys",
        sa.Column("key_sha256", sa.Text(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(key_sha256) = 64", name=op.f("ck_retiring_keys_key_is_hashed")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_retiring_keys_client_id_clients")
        ),
        sa.PrimaryKeyConstraint("key_sha256", name=op.f("pk_retiring_keys")),
    )
    op.create_index(op.f("ix_retiring_keys_client_id"), "retiring_keys", ["client_id"])


def _events() -> None:
    op.create_table(
        "access_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("action", _choice("action", ACTIONS), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "(account_id IS NULL) <> (client_id IS NULL)", name=op.f("ck_access_events_one_subject")
        ),
        sa.CheckConstraint(_among("action", ACTIONS), name=op.f("ck_access_events_action")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_access_events_{column}_{table}")
            )
            for column, table in (
                ("actor_id", "accounts"),
                ("account_id", "accounts"),
                ("client_id", "clients"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_events")),
    )
    for column in ("account_id", "client_id"):
        op.create_index(op.f(f"ix_access_events_{column}"), "access_events", [column, "id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_events"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _claim_ends(ends: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_claim_ends_how"), "claim_ends", type_="check")
    op.create_check_constraint(op.f("ck_claim_ends_how"), "claim_ends", _among("how", ends))


def _choice(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=False, length=32)


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
