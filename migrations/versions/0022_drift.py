"""What changed since a model learned: bets that stand, days that were counted, and what was told."""

from datetime import date, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up; what arrived before is counted as if it came now."""
    op.create_table(
        "drift_runs",
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        *(_moment(name) for name in ("through", "matured_through", "heard_through")),
        sa.Column("bets", postgresql.BYTEA(), nullable=False),
        sa.ForeignKeyConstraint(["model_version"], ["models.version"]),
        sa.PrimaryKeyConstraint("model_version"),
    )
    op.create_table(
        "drift_days",
        *_of_run("day"),
        *(_number(name) for name in ("payments", "scored", "review", "declined", "novel")),
        *(
            sa.Column(name, sa.Double(), nullable=False)
            for name in ("predicted", "predicted_approved", "predicted_declined")
        ),
        _number("sampled"),
        sa.Column("counts", postgresql.BYTEA(), nullable=False),
        *_keys("day"),
    )
    op.create_table(
        "drift_matured",
        *_of_run("day"),
        *(_number(name) for name in ("drawn", "unanswered")),
        sa.Column("bands", postgresql.BYTEA(), nullable=False),
        *_keys("day"),
    )
    op.create_table(
        "drift_delays",
        *_of_run("month"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.BYTEA(), nullable=False),
        *_keys("month", "source"),
    )
    op.create_table(
        "drift_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _moment("happened_at"),
        sa.ForeignKeyConstraint(["model_version"], ["models.version"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_drift_events_model_version", "drift_events", ["model_version", "id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON drift_events"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Go down; what is counted is worked out again from payments, when it was told is lost."""
    for table in ("drift_events", "drift_delays", "drift_matured", "drift_days", "drift_runs"):
        op.drop_table(table)


def _of_run(name: str) -> tuple[sa.Column[str], sa.Column[date]]:
    return (
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column(name, sa.Date(), nullable=False),
    )


def _keys(*names: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["model_version"], ["drift_runs.model_version"]),
        sa.PrimaryKeyConstraint("model_version", *names),
    )


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
