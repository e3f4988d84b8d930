"""Feeds that are wrong as a whole: how each client's stands, what people said, what the policy does."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OLD_REASONS = (
    *("model_unavailable", "currency_unsupported", "novel", "passes_disagree", "epistemic_doubt"),
    *("evidence_fraud", "evidence_legit", "ambiguous", "unfamiliar", "contested", "large_exposure"),
    "between_bounds",
)
NEW_REASON = "unusual_feed"
STATUSES = ("watched", "wrong", "accepted")
WITH_REASONS = ("decisions", "shadow_decisions")


def upgrade() -> None:
    """Go up; every policy there is leaves the payments of a wrong feed to people."""
    op.add_column(
        "policies",
        sa.Column("wrong_feed", _choice("wrong_feed", ("review", "decide")), server_default="review"),
    )
    op.alter_column("policies", "wrong_feed", nullable=False)
    for table in WITH_REASONS:
        _choices(table, "reason", (*OLD_REASONS, NEW_REASON))
    op.create_table(
        "feed_cursors",
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("after_key", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["model_version"], ["models.version"]),
        sa.PrimaryKeyConstraint("model_version"),
    )
    op.create_table(
        "feed_watches",
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("status", _choice("status", STATUSES), nullable=False),
        sa.Column("rows_seen", sa.BigInteger(), nullable=False),
        sa.Column("wealth", postgresql.BYTEA(), nullable=False),
        sa.Column("recent", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("wrong_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'watched') = (wrong_since IS NULL)", name="wrong_has_moment"),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"]),
        sa.ForeignKeyConstraint(["model_version"], ["models.version"]),
        sa.PrimaryKeyConstraint("client_id", "model_version"),
    )
    op.create_table(
        "feed_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("status", _choice("status", STATUSES), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"]),
        sa.ForeignKeyConstraint(["model_version"], ["models.version"]),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_feed_events_client_id", "feed_events", ["client_id", "id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON feed_events"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Go down; the new reason becomes `between_bounds`, and what was said of feeds is lost."""
    for table in ("feed_events", "feed_watches", "feed_cursors"):
        op.drop_table(table)
    for table in WITH_REASONS:
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        op.execute(f"UPDATE {table} SET reason = 'between_bounds' WHERE reason = '{NEW_REASON}'")
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")
        _choices(table, "reason", OLD_REASONS)
    op.drop_column("policies", "wrong_feed")


def _choice(name: str, members: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=32)


def _choices(table: str, column: str, members: tuple[str, ...]) -> None:
    """Let a column hold these words and no others."""
    name = op.f(f"ck_{table}_{column}")
    op.drop_constraint(name, table)
    words = ", ".join(f"'{member}'" for member in members)
    op.create_check_constraint(name, table, f"{column} IN ({words})")
