"""A case can be somebody's, and can wait for the customer; the queue passes over both by its index alone."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

CLAIM_ENDS = (
    "judged", "undone", "released", "skipped", "handed_over", "taken_back", "expired", "closed", "unopened",
    "access_ended",
)  # fmt: skip
ASSIGNMENT_ENDS = (
    "lifted", "reassigned", "given_back", "lapsed", "decided", "closed", "access_ended",
)  # fmt: skip
WAIT_ENDS = ("brought_back", "closed")
KEPT_UNTIL = "COALESCE(GREATEST(waits_until, assigned_until), '-infinity'::timestamptz)"
CHECKS = {
    "assignment_is_whole": "(assigned_to IS NULL) = (assigned_until IS NULL)",
    "only_live_is_assigned": "assigned_to IS NULL OR state IN ('open', 'escalated', 'given')",
    "what_waits_is_free": ("waits_until IS NULL OR (state IN ('open', 'escalated') AND holder_id IS NULL)"),
}
STATES = {"ix_cases_queue": "open", "ix_cases_escalated": "escalated"}


def upgrade() -> None:
    """Go up; reads all cases that wait once, for their index."""
    op.add_column("cases", sa.Column("assigned_to", sa.BigInteger()))
    op.add_column("cases", sa.Column("assigned_until", sa.DateTime(timezone=True)))
    op.add_column("cases", sa.Column("waits_until", sa.DateTime(timezone=True)))
    op.create_foreign_key(op.f("fk_cases_assigned_to_accounts"), "cases", "accounts", ["assigned_to"], ["id"])
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_cases_{name}"), "cases", rule)
    _queue_indexes(f", ({KEPT_UNTIL})")
    op.execute(
        "CREATE INDEX ix_cases_assigned_to ON cases (assigned_to, priority_key DESC, id)"
        " WHERE assigned_to IS NOT NULL"
    )
    op.execute("CREATE INDEX ix_cases_waits_until ON cases (waits_until) WHERE waits_until IS NOT NULL")
    _claim_ends((*CLAIM_ENDS, "waits"))
    _assignments()
    _waits()


def downgrade() -> None:
    """Go down: who was assigned what, and what waited, is lost; all of it is in the queue again."""
    op.drop_table("case_waits")
    op.drop_table("case_assignments")
    op.execute("ALTER TABLE claim_ends DISABLE TRIGGER append_only")
    op.execute("UPDATE claim_ends SET how = 'released' WHERE how = 'waits'")
    op.execute("ALTER TABLE claim_ends ENABLE TRIGGER append_only")
    _claim_ends(CLAIM_ENDS)
    op.drop_index("ix_cases_waits_until", "cases")
    op.drop_index("ix_cases_assigned_to", "cases")
    _queue_indexes("")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_cases_{name}"), "cases", type_="check")
    for column in ("waits_until", "assigned_until", "assigned_to"):
        op.drop_column("cases", column)


def _queue_indexes(further: str) -> None:
    for name, state in STATES.items():
        op.drop_index(name, "cases")
        op.execute(f"CREATE INDEX {name} ON cases (priority_key DESC, id{further}) WHERE state = '{state}'")


def _assignments() -> None:
    op.create_table(
        "case_assignments",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("case_id", "assignee_id", "by_id")),
        sa.Column("reason", sa.Text(), nullable=False),
        _moment("assigned_at"),
        _moment("ended_at", nullable=True),
        sa.Column("how", _choice(ASSIGNMENT_ENDS), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(_among(ASSIGNMENT_ENDS), name="how"),
        sa.CheckConstraint("(ended_at IS NULL) = (how IS NULL)", name="end_is_whole"),
        sa.CheckConstraint("ended_at >= assigned_at", name="ends_later"),
        sa.CheckConstraint("length(reason) > 0", name="has_reason"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        *(sa.ForeignKeyConstraint([name], ["accounts.id"]) for name in ("assignee_id", "by_id", "ended_by")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_case_assignments_case_id", "case_assignments", ["case_id"])
    op.create_index(
        "uq_case_assignments_one_runs",
        "case_assignments",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _waits() -> None:
    op.create_table(
        "case_waits",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("case_id", "account_id")),
        sa.Column("reason", sa.Text(), nullable=False),
        _moment("began_at"),
        _moment("until"),
        _moment("ended_at", nullable=True),
        sa.Column("how", _choice(WAIT_ENDS), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(_among(WAIT_ENDS), name="how"),
        sa.CheckConstraint("until > began_at", name="until_later"),
        sa.CheckConstraint("(ended_at IS NULL) = (how IS NULL)", name="end_is_whole"),
        sa.CheckConstraint("ended_at < until AND ended_at >= began_at", name="ends_before"),
        sa.CheckConstraint("length(reason) > 0", name="has_reason"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        *(sa.ForeignKeyConstraint([name], ["accounts.id"]) for name in ("account_id", "ended_by")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_case_waits_case_id", "case_waits", ["case_id", "began_at"])


def _claim_ends(ends: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_claim_ends_how"), "claim_ends", type_="check")
    op.create_check_constraint(op.f("ck_claim_ends_how"), "claim_ends", _among(ends))


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _choice(values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name="how", native_enum=False, create_constraint=False, length=32)


def _among(values: tuple[str, ...]) -> str:
    return f"how IN ({', '.join(repr(value) for value in values)})"
