"""What the queue goes by, exchange rates, and words on large groups that wait for a second person."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

JUDGEMENTS = ("fraud", "legit")
REASONS = (
    *("known_card_pattern", "customer_contact", "merchant_risk", "unusual_amount"),
    *("linked_fraud", "other"),
)
BASES = ("card", "device", "merchant", "ip", "alike")
ENDS = ("confirmed", "declined", "withdrawn")
APPEND_ONLY = ("currency_rates", "group_proposal_cases")

# A proposal is decided once, and nothing else of it ever changes.
KEEP_PROPOSAL = """
CREATE FUNCTION keep_group_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changing constant text[] := ARRAY['end_state', 'decided_by', 'decided_at', 'group_id'];
BEGIN
    IF OLD.end_state IS NOT NULL OR to_jsonb(NEW) - changing <> to_jsonb(OLD) - changing THEN
        RAISE EXCEPTION 'a proposal is decided once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

# A review of a payment carries its deadline as the payment's own case does: nothing may tell them apart.
DEADLINES_OF_REVIEWS = """
UPDATE cases SET respond_by = CASE WHEN t.respond_by > cases.opened_at THEN t.respond_by END,
    fallback = coalesce((
    SELECT own.fallback FROM cases own
    WHERE own.transaction_id = cases.transaction_id AND own.kind IN ('unknown', 'audit')
    ORDER BY own.id LIMIT 1
), cases.fallback)
FROM transactions t
WHERE t.id = cases.transaction_id AND cases.kind IN ('gold', 'second', 'ruling')
"""


def upgrade() -> None:
    """Go up: what waits keeps its place until the service ranks it anew as it starts."""
    op.add_column("cases", sa.Column("queue_loss", sa.Double(), nullable=True))
    op.add_column("cases", sa.Column("queue_rate", sa.Double(), server_default="1", nullable=True))
    op.execute(DEADLINES_OF_REVIEWS)
    # The constraint trigger's pending events would forbid changing the table.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.create_check_constraint(op.f("ck_cases_queue_rate_is_positive"), "cases", "queue_rate > 0")
    op.add_column("case_groups", sa.Column("confirmed_by", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_case_groups_confirmed_by_accounts"), "case_groups", "accounts", ["confirmed_by"], ["id"]
    )
    _rates()
    _proposals()
    op.execute(KEEP_PROPOSAL)
    op.execute(
        "CREATE TRIGGER decided_once BEFORE UPDATE ON group_proposals"
        " FOR EACH ROW EXECUTE FUNCTION keep_group_proposal()"
    )
    op.execute(
        "CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON group_proposals"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _rates() -> None:
    op.create_table(
        "currency_rates",
        _key(),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_currency_rates")),
        sa.CheckConstraint("rate > 0 AND rate < 'Infinity'", name=op.f("ck_currency_rates_rate_is_positive")),
    )
    op.create_index("ix_currency_rates_newest", "currency_rates", ["base", "currency", "as_of", "id"])


def _proposals() -> None:
    op.create_table(
        "group_proposals",
        _key(),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("basis", _choice("basis", BASES), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("judgement", _choice("judgement", JUDGEMENTS), nullable=False),
        sa.Column("reason", _choice("reason", REASONS), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("milliseconds_to_decide", sa.Integer(), nullable=False),
        sa.Column("hidden_milliseconds", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_state", _choice("end_state", ENDS), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_proposals")),
        _reference("group_proposals", "account_id", "accounts"),
        _reference("group_proposals", "decided_by", "accounts"),
        _reference("group_proposals", "group_id", "case_groups"),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_group_proposals_{name}"))
            for name, rule in (
                ("ended_by_somebody", "(decided_by IS NULL) = (end_state IS NULL)"),
                ("ended_has_time", "(decided_at IS NULL) = (end_state IS NULL)"),
                ("second_person", "end_state <> 'confirmed' OR decided_by <> account_id"),
                ("judged", "(group_id IS NOT NULL) = (end_state IS NOT DISTINCT FROM 'confirmed')"),
            )
        ),
    )
    op.create_index(
        "ix_group_proposals_open", "group_proposals", ["id"], postgresql_where=sa.text("end_state IS NULL")
    )
    op.create_table(
        "group_proposal_cases",
        sa.Column("proposal_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", "case_id", name=op.f("pk_group_proposal_cases")),
        _reference("group_proposal_cases", "proposal_id", "group_proposals"),
        _reference("group_proposal_cases", "case_id", "cases"),
        _reference("group_proposal_cases", "decision_id", "decisions"),
    )


def downgrade() -> None:
    """Go down: rates and proposals leave, verdicts given by them stay."""
    op.drop_table("group_proposal_cases")
    op.drop_table("group_proposals")
    op.execute("DROP FUNCTION keep_group_proposal()")
    op.drop_table("currency_rates")
    op.execute("ALTER TABLE case_groups DROP COLUMN confirmed_by")
    op.drop_constraint(op.f("ck_cases_queue_rate_is_positive"), "cases")
    op.drop_column("cases", "queue_rate")
    op.drop_column("cases", "queue_loss")


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _reference(table: str, column: str, other: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=op.f(f"fk_{table}_{column}_{other}"))


def _choice(name: str, members: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=32)
