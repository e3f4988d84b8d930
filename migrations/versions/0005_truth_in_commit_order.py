"""Truth in the order of its commits, and reports that a later one withdraws."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TRUTHS = ("fraud", "legit")
#: What has become known is followed by the database transaction that wrote it, as outcomes are.
FOLLOWED = ("labels", "verdicts")
CURRENT_XACT = "(pg_current_xact_id()::text)::bigint"

# What every source says of a transaction now: all it reported since it last withdrew what it said.
STANDING_LABELS = """
CREATE VIEW standing_labels AS
SELECT l.id, l.transaction_id, l.label, l.source, l.occurred_at, l.learned_at, l.recorded_at, l.propensity
FROM labels l
WHERE l.label <> 'withdrawn' AND NOT EXISTS (
    SELECT 1 FROM labels w
    WHERE w.transaction_id = l.transaction_id AND w.source = l.source AND w.label = 'withdrawn'
        AND (w.learned_at, w.id) > (l.learned_at, l.id)
)
"""

# The older schema knows no withdrawal: what was withdrawn leaves with it, so that it is no truth again.
FORGET_WITHDRAWN = """
DELETE FROM labels
WHERE id NOT IN (SELECT id FROM standing_labels)
"""


def upgrade() -> None:
    """Go up."""
    for table in FOLLOWED:
        # Rows from before count as written by the oldest transaction there is: no table is rewritten.
        op.add_column(table, sa.Column("xact", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        op.alter_column(table, "xact", server_default=sa.text(CURRENT_XACT))
        op.create_index(f"ix_{table}_xact", table, ["xact"])
    op.drop_index("ix_labels_recorded_at", table_name="labels")
    _allow("labels", (*TRUTHS, "withdrawn"))
    op.create_check_constraint(
        op.f("ck_labels_withdrawn_has_no_propensity"), "labels", "label <> 'withdrawn' OR propensity IS NULL"
    )
    op.execute(STANDING_LABELS)


def downgrade() -> None:
    """Go down; reports that were withdrawn leave with their withdrawals."""
    op.execute("ALTER TABLE labels DISABLE TRIGGER append_only")
    op.execute(FORGET_WITHDRAWN)
    op.execute("ALTER TABLE labels ENABLE TRIGGER append_only")
    op.execute("DROP VIEW standing_labels")
    op.drop_constraint(op.f("ck_labels_withdrawn_has_no_propensity"), "labels")
    _allow("labels", TRUTHS)
    op.create_index("ix_labels_recorded_at", "labels", ["recorded_at"])
    for table in FOLLOWED:
        op.drop_index(f"ix_{table}_xact", table_name=table)
        op.drop_column(table, "xact")


def _allow(table: str, words: tuple[str, ...]) -> None:
    """Let the column `label` hold these words and no others."""
    op.drop_constraint(op.f(f"ck_{table}_label"), table)
    allowed = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(op.f(f"ck_{table}_label"), table, f"label IN ({allowed})")
