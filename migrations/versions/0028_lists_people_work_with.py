"""Lists people work with: the queue by amount, waiting time and deadline; named views; exports of cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

LIVE = sa.text("state IN ('open', 'escalated')")
SORTED: dict[str, str | sa.TextClause] = {
    "ix_cases_live_amount": sa.text("(coalesce(amount * CAST(queue_rate AS numeric), 'Infinity'))"),
    "ix_cases_live_opened_at": "opened_at",
    "ix_cases_live_loss": sa.text("(coalesce(coalesce(queue_loss, expected_loss) * queue_rate, 'Infinity'))"),
    "ix_cases_live_deadline": sa.text("(coalesce(respond_by, 'infinity'))"),
}
# Nothing but live cases is listed by it; what was decided before is left as it is.
KEEP_AMOUNTS = """
UPDATE cases SET amount = payments.amount FROM payments
WHERE payments.id = cases.transaction_id AND cases.state IN ('open', 'escalated', 'given')
"""
# As in 0004, and the amount is a part of what a case is about.
KEEP_CASE_LIFE = """
CREATE OR REPLACE FUNCTION keep_case_life() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'open>given', 'open>escalated', 'open>judged', 'open>closed',
        'escalated>given', 'escalated>judged', 'escalated>closed',
        'given>open', 'given>escalated', 'given>judged'
    ) THEN
        RAISE EXCEPTION 'a case cannot go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.transaction_id, NEW.opened_at, NEW.first_case_id, NEW.not_for, NEW.truth,
            NEW.drawn_with{amount_new})
        IS DISTINCT FROM (OLD.id, OLD.transaction_id, OLD.opened_at, OLD.first_case_id, OLD.not_for,
            OLD.truth, OLD.drawn_with{amount_old})
        -- A payment scored at last may turn out to be one the machine decides: looking at it is an audit.
        OR (NEW.kind <> OLD.kind AND (OLD.kind, NEW.kind) <> ('unknown', 'audit'))
    THEN
        RAISE EXCEPTION 'what a case is about never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
APPEND_ONLY = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_exports"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
)


def upgrade() -> None:
    """Go up; cases that wait are given their payment's amount."""
    op.add_column("cases", sa.Column("amount", sa.Numeric(16, 4), nullable=True))
    op.execute(KEEP_AMOUNTS)
    op.execute(KEEP_CASE_LIFE.format(amount_new=", NEW.amount", amount_old=", OLD.amount"))
    for name, key in SORTED.items():
        op.create_index(name, "cases", ["state", key, "id"], postgresql_where=LIVE)
    _create_views()
    op.create_table(
        "case_exports",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        _moment("exported_at"),
        sa.CheckConstraint("content_sha256 ~ '^[0-9a-f]{64}$'", name="content_sha256_is_one"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("case_id", "account_id", "content_sha256"),
    )
    op.execute(APPEND_ONLY)


def _create_views() -> None:
    op.create_table(
        "queue_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        _moment("changed_at"),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(place IS NULL) = (deleted_at IS NOT NULL)", name="kept_has_place"),
        sa.CheckConstraint("place BETWEEN 1 AND 30", name="no_more_than_thirty"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name="name_is_short"),
        sa.CheckConstraint("version > 0", name="version_counts"),
        sa.CheckConstraint("octet_length(document::text) <= 16384", name="document_is_small"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["changed_by"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for name, columns, where in (
        ("own_name", ["account_id", "name_key"], "NOT is_shared AND deleted_at IS NULL"),
        ("shared_name", ["name_key"], "is_shared AND deleted_at IS NULL"),
    ):
        op.create_index(
            f"uq_queue_views_{name}", "queue_views", columns, unique=True, postgresql_where=sa.text(where)
        )
    op.create_index("uq_queue_views_place", "queue_views", ["account_id", "place"], unique=True)
    op.create_table(
        "default_views",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("view_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["view_id"], ["queue_views.id"]),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_index("ix_default_views_view_id", "default_views", ["view_id"])


def downgrade() -> None:
    """Go down; views and the notes of exports are lost."""
    for table in ("case_exports", "default_views", "queue_views"):
        op.drop_table(table)
    for name in SORTED:
        op.drop_index(name, "cases")
    op.execute(KEEP_CASE_LIFE.format(amount_new="", amount_old=""))
    op.drop_column("cases", "amount")


def _moment(name: str) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
