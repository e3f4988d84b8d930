"""Challengers: a kind of job, the author of their drafts, and each compared with what decides."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

REFUSE_LOSS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM jobs WHERE kind = 'challenger') THEN
        RAISE EXCEPTION 'challengers were trained: the older release knows no such jobs';
    END IF;
END $$
"""
# Going down leaves the account: policies may name it as their author.
ADD_ACCOUNT = """
INSERT INTO accounts (name, name_key, display_name, role, created_at)
VALUES ('system:challenger', 'system:challenger', 'Challenger', 'system', now())
ON CONFLICT (name) DO NOTHING
"""
VERDICTS = ("better", "no_difference_yet", "worse")


def upgrade() -> None:
    """Go up."""
    _kinds("'training', 'challenger'")
    op.execute(ADD_ACCOUNT)
    op.create_table(
        "shadow_comparisons",
        sa.Column("policy_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("champion", sa.Text(), nullable=False),
        sa.Column("through", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("payments", "frauds")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("drawn", "unanswered")),
        sa.Column("verdict", _verdict(), nullable=True),
        *(sa.Column(name, sa.Double(), nullable=True) for name in ("saved", "saved_low", "saved_high")),
        sa.Column("compared", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(verdict IS NULL) = (compared = 0)", name="verdict_on_payments"),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"]),
        sa.PrimaryKeyConstraint("policy_id"),
    )
    op.create_table(
        "shadow_comparison_slices",
        sa.Column("policy_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved", postgresql.BYTEA(), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["shadow_comparisons.policy_id"]),
        sa.PrimaryKeyConstraint("policy_id", "since"),
    )


def downgrade() -> None:
    """Go down; comparisons are worked out again from payments."""
    op.execute(REFUSE_LOSS)
    for table in ("shadow_comparison_slices", "shadow_comparisons"):
        op.drop_table(table)
    _kinds("'training'")


def _kinds(kinds: str) -> None:
    op.execute("ALTER TABLE jobs DROP CONSTRAINT ck_jobs_kind")
    op.execute(f"ALTER TABLE jobs ADD CONSTRAINT ck_jobs_kind CHECK (kind IN ({kinds}))")


def _verdict() -> sa.Enum:
    return sa.Enum(*VERDICTS, name="verdict", native_enum=False, create_constraint=True, length=32)
