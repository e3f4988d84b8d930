"""A policy's `patience_minutes` is `urgency_tau_minutes`: the tau of the queue's order, by its name."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.alter_column("policies", "patience_minutes", new_column_name="urgency_tau_minutes")


def downgrade() -> None:
    """Go down."""
    op.alter_column("policies", "urgency_tau_minutes", new_column_name="patience_minutes")
