"""Messages that were read long ago are found without the others, to be deleted."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.execute("CREATE INDEX ix_messages_read_at ON messages (read_at) WHERE read_at IS NOT NULL")


def downgrade() -> None:
    """Go back down; what was deleted meanwhile stays so."""
    op.execute("DROP INDEX ix_messages_read_at")
