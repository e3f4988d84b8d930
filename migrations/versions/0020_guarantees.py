"""How each policy's promise stands while it decides, and when that changed; audits by doubt."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

REFUSE_LOSS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM policies WHERE audit_by_doubt > 0) THEN
        RAISE EXCEPTION 'policies audit by doubt: the older release would draw with other chances';
    END IF;
END $$
"""
STANDINGS = ("certified", "not_known", "broken")


def upgrade() -> None:
    """Go up; every policy there is draws its audits as before."""
    op.add_column("policies", sa.Column("audit_by_doubt", sa.Double(), server_default="0", nullable=False))
    op.create_table(
        "guarantee_runs",
        sa.Column("policy_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("through", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("frauds", "missed")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("drawn", "unanswered")),
        sa.Column("kept", postgresql.BYTEA(), nullable=False),
        sa.Column("broken", postgresql.BYTEA(), nullable=False),
        sa.Column("certified_frauds", sa.BigInteger(), nullable=True),
        sa.Column("certified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarmed_frauds", sa.BigInteger(), nullable=True),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(certified_frauds IS NULL) = (certified_at IS NULL)", name="certified_has_moment"
        ),
        sa.CheckConstraint("(alarmed_frauds IS NULL) = (alarmed_at IS NULL)", name="alarmed_has_moment"),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"]),
        sa.PrimaryKeyConstraint("policy_id"),
    )
    op.create_table(
        "guarantee_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("policy_id", sa.BigInteger(), nullable=False),
        sa.Column("standing", _standing(), nullable=False),
        sa.Column("frauds", sa.BigInteger(), nullable=False),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_guarantee_events_policy_id", "guarantee_events", ["policy_id", "id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON guarantee_events"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Go down; how promises stood is worked out again from payments, when it changed is lost."""
    op.execute(REFUSE_LOSS)
    for table in ("guarantee_events", "guarantee_runs"):
        op.drop_table(table)
    op.drop_column("policies", "audit_by_doubt")


def _standing() -> sa.Enum:
    return sa.Enum(*STANDINGS, name="standing", native_enum=False, create_constraint=True, length=32)
