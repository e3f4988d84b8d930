"""The threshold lab: policies with bands, costs, staffing; shadows, schedules, statements; tokens."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OLD_STATES = ("draft", "simulated", "shadow", "approved", "active", "retired")
STATES = ("draft", "simulated", "shadow", "approved", "scheduled", "active", "retired")
OLD_REASONS = (
    *("model_unavailable", "currency_unsupported", "novel", "passes_disagree", "evidence_fraud"),
    *("evidence_legit", "ambiguous", "unfamiliar", "between_bounds"),
)
NEW_REASONS = ("epistemic_doubt", "contested", "large_exposure")
LABELS = ("legit", "unknown", "fraud")

# What the shipped values were before a policy said them: app.triage.costs and app.triage.staffing.
COSTS = """jsonb_build_object('review', 3.0, 'overhead', chargeback_fee::float8, 'friction', 10.0,
    'detection_rate', 0.9, 'analyst_false_decline_rate', 0.05)"""
STAFFING = """'{"analysts": 4, "minutes_per_review": 3.0, "opens_hour": 7, "closes_hour": 21}'"""

OLD_TRANSITIONS = """
        'draft>simulated', 'draft>retired', 'simulated>shadow', 'simulated>approved',
        'simulated>retired', 'shadow>approved', 'shadow>retired', 'approved>active',
        'approved>retired', 'active>retired', 'retired>active'"""
TRANSITIONS = f"""{OLD_TRANSITIONS},
        'shadow>simulated', 'approved>scheduled', 'scheduled>approved', 'scheduled>active',
        'scheduled>retired'"""


def keep_policy_life(changing: str, transitions: str, further: str = "") -> str:
    """Return the trigger function that holds a policy to its life."""
    return f"""
CREATE OR REPLACE FUNCTION keep_policy_life() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changing constant text[] := ARRAY[{changing}];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a policy begins as a draft' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - changing <> to_jsonb(OLD) - changing THEN
        RAISE EXCEPTION 'a policy version never changes its content' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.approved_by IS NOT NULL
        AND (NEW.approved_by, NEW.approved_at) IS DISTINCT FROM (OLD.approved_by, OLD.approved_at)
    THEN
        RAISE EXCEPTION 'an approval is never rewritten' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN ({transitions}
    ) THEN
        RAISE EXCEPTION 'a policy cannot go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;{further}
    RETURN NEW;
END $$
"""


SCHEDULE_STAYS = """
    IF NEW.state = OLD.state AND NEW.activates_at IS DISTINCT FROM OLD.activates_at THEN
        RAISE EXCEPTION 'a schedule is taken back, never rewritten' USING ERRCODE = 'restrict_violation';
    END IF;"""

TELL_SHADOW = """
CREATE FUNCTION tell_shadow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('policy_activated', NEW.id::text);
    RETURN NULL;
END $$
"""

ONLY_REVOKED = """
CREATE FUNCTION keep_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'revoked_at' <> to_jsonb(OLD) - 'revoked_at' OR OLD.revoked_at IS NOT NULL THEN
        RAISE EXCEPTION 'a token is only ever revoked' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

# The older schema could not let another version take over from it.
REFUSE_CROSSED = """
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM policies WHERE state = 'active' AND approve_at_most > decline_at_least) THEN
        RAISE EXCEPTION 'the bounds of the active policy cross: activate another version before going down';
    END IF;
END $$
"""

APPEND_ONLY = ("policy_simulations", "shadow_decisions")


def upgrade() -> None:
    """Go up."""
    _new_tables()
    _widen_policies()
    _choices("policies", "state", STATES)
    _choices("policy_events", "state", STATES)
    _choices("decisions", "reason", (*OLD_REASONS, *NEW_REASONS))
    op.add_column("policy_events", sa.Column("details", postgresql.JSONB(), nullable=True))
    op.add_column("labels", sa.Column("propensity", sa.Double(), nullable=True))
    op.create_check_constraint(
        op.f("ck_labels_propensity_is_probability"), "labels", "propensity > 0 AND propensity <= 1"
    )
    # What has become known lately is read again and again.
    op.create_index("ix_labels_recorded_at", "labels", ["recorded_at"], unique=False)
    op.create_index("ix_verdicts_judged_at", "verdicts", ["judged_at"], unique=False)
    changing = "'state', 'approved_by', 'approved_at', 'activates_at'"
    op.execute(keep_policy_life(changing, TRANSITIONS, SCHEDULE_STAYS))
    op.execute(TELL_SHADOW)
    op.execute(
        "CREATE TRIGGER shadow_told AFTER UPDATE ON policies FOR EACH ROW"
        " WHEN (OLD.state <> NEW.state AND 'shadow' IN (OLD.state, NEW.state))"
        " EXECUTE FUNCTION tell_shadow()"
    )
    op.execute(ONLY_REVOKED)
    op.execute(
        "CREATE TRIGGER only_revoked BEFORE UPDATE ON account_tokens"
        " FOR EACH ROW EXECUTE FUNCTION keep_token()"
    )
    op.execute(
        "CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON account_tokens"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _new_tables() -> None:
    op.create_table(
        "policy_simulations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("policy_id", sa.BigInteger(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=False),
        sa.Column("statement", postgresql.JSONB(), nullable=True),
        sa.Column("warnings", postgresql.JSONB(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("window_start < window_end", name=op.f("ck_policy_simulations_window_is_one")),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policies.id"], name=op.f("fk_policy_simulations_policy_id_policies")
        ),
        sa.ForeignKeyConstraint(
            ["computed_by"], ["accounts.id"], name=op.f("fk_policy_simulations_computed_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_simulations")),
    )
    op.create_index(
        op.f("ix_policy_simulations_policy_id"), "policy_simulations", ["policy_id"], unique=False
    )
    op.create_table(
        "shadow_decisions",
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("score_id", sa.BigInteger(), nullable=True),
        sa.Column("label", _choice("label", LABELS), nullable=False),
        sa.Column("reason", _choice("reason", (*OLD_REASONS, *NEW_REASONS)), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_id", "model_version"],
            ["policies.id", "policies.model_version"],
            name=op.f("fk_shadow_decisions_policy_id_model_version_policies"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["transactions.id"],
            name=op.f("fk_shadow_decisions_transaction_id_transactions"),
        ),
        sa.ForeignKeyConstraint(
            ["score_id"], ["scores.id"], name=op.f("fk_shadow_decisions_score_id_scores")
        ),
        sa.PrimaryKeyConstraint("policy_id", "transaction_id", name=op.f("pk_shadow_decisions")),
    )
    op.create_table(
        "account_tokens",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_tokens_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_account_tokens")),
    )
    op.create_index(op.f("ix_account_tokens_account_id"), "account_tokens", ["account_id"], unique=False)


def _widen_policies() -> None:
    # First of all: a database that was here before may hold versions whose bounds cross.
    op.drop_constraint(op.f("ck_policies_bounds_in_order"), "policies")
    for column in (
        sa.Column("mutual_information_at_most", sa.Double(), nullable=True),
        sa.Column("expected_loss_at_most", sa.Double(), nullable=True),
        sa.Column("audit_share_near", sa.Double(), nullable=True),
        sa.Column("near_width", sa.Double(), nullable=True),
        sa.Column("bands", postgresql.JSONB(), nullable=True),
        sa.Column("costs", postgresql.JSONB(), nullable=True),
        sa.Column("staffing", postgresql.JSONB(), nullable=True),
        sa.Column("warnings", postgresql.JSONB(), nullable=True),
        sa.Column("activates_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("policies", column)
    with _content_unlocked():
        op.execute(
            "UPDATE policies SET audit_share_near = 0.02, near_width = 0, bands = '[]', warnings = '[]',"
            f" costs = {COSTS}, staffing = {STAFFING}"
        )
    for name in ("audit_share_near", "near_width", "bands", "costs", "staffing", "warnings"):
        op.alter_column("policies", name, nullable=False)
    op.execute("""
        INSERT INTO policy_simulations (
            policy_id, window_start, window_end, decisions, result, warnings, computed_at, computed_by
        )
        SELECT id, (simulation->>'window_start')::timestamptz, (simulation->>'window_end')::timestamptz,
            (simulation->>'decisions')::integer, simulation, '[]', created_at, author_id
        FROM policies WHERE simulation IS NOT NULL AND simulation ? 'window_start'
    """)
    op.drop_column("policies", "chargeback_fee")
    op.drop_column("policies", "simulation")
    op.create_check_constraint(
        op.f("ck_policies_audit_share_near_is_share"), "policies", "audit_share_near BETWEEN 0 AND 1"
    )
    op.create_check_constraint(
        op.f("ck_policies_scheduled_has_time"),
        "policies",
        "(activates_at IS NOT NULL) = (state = 'scheduled')",
    )
    op.drop_constraint(op.f("ck_policies_active_is_approved"), "policies")
    op.create_check_constraint(
        op.f("ck_policies_active_is_approved"),
        "policies",
        "state NOT IN ('approved', 'scheduled', 'active') OR approved_by IS NOT NULL",
    )


def downgrade() -> None:
    """Go down; what the older schema cannot say is said by the nearest it has.

    New reasons become `between_bounds`, a schedule an approval. Refused while bounds that cross decide.
    """
    op.execute(REFUSE_CROSSED)
    op.execute("DROP FUNCTION tell_shadow() CASCADE")
    op.execute("DROP FUNCTION keep_token() CASCADE")
    op.execute("ALTER TABLE decisions DISABLE TRIGGER append_only")
    op.execute(f"UPDATE decisions SET reason = 'between_bounds' WHERE reason IN {NEW_REASONS}")
    op.execute("ALTER TABLE decisions ENABLE TRIGGER append_only")
    op.execute("ALTER TABLE policy_events DISABLE TRIGGER append_only")
    op.execute("UPDATE policy_events SET state = 'approved' WHERE state = 'scheduled'")
    op.execute("ALTER TABLE policy_events ENABLE TRIGGER append_only")
    op.drop_index("ix_verdicts_judged_at", table_name="verdicts")
    op.drop_index("ix_labels_recorded_at", table_name="labels")
    op.drop_column("policy_events", "details")
    op.drop_constraint(op.f("ck_labels_propensity_is_probability"), "labels")
    op.drop_column("labels", "propensity")
    _narrow_policies()
    op.execute(keep_policy_life("'state', 'approved_by', 'approved_at'", OLD_TRANSITIONS))
    _choices("policies", "state", OLD_STATES)
    _choices("policy_events", "state", OLD_STATES)
    _choices("decisions", "reason", OLD_REASONS)
    for table in ("account_tokens", "shadow_decisions", "policy_simulations"):
        op.drop_table(table)


def _narrow_policies() -> None:
    op.add_column("policies", sa.Column("chargeback_fee", sa.Numeric(16, 4), nullable=True))
    op.add_column("policies", sa.Column("simulation", postgresql.JSONB(), nullable=True))
    with _content_unlocked():
        op.execute("""
            UPDATE policies SET chargeback_fee = (costs->>'overhead')::numeric, activates_at = NULL,
                state = CASE state WHEN 'scheduled' THEN 'approved' ELSE state END,
                simulation = (
                    SELECT result FROM policy_simulations s
                    WHERE s.policy_id = policies.id AND result ? 'window_start' ORDER BY s.id LIMIT 1
                )
        """)
    op.alter_column("policies", "chargeback_fee", nullable=False)
    op.drop_constraint(op.f("ck_policies_scheduled_has_time"), "policies")
    op.drop_constraint(op.f("ck_policies_audit_share_near_is_share"), "policies")
    op.drop_constraint(op.f("ck_policies_active_is_approved"), "policies")
    op.create_check_constraint(
        op.f("ck_policies_active_is_approved"),
        "policies",
        "state NOT IN ('approved', 'active') OR approved_by IS NOT NULL",
    )
    # Versions whose bounds cross stay on record: the rule holds for what moves from now on.
    op.execute(
        "ALTER TABLE policies ADD CONSTRAINT ck_policies_bounds_in_order"
        " CHECK (approve_at_most <= decline_at_least) NOT VALID"
    )
    for name in (
        *("mutual_information_at_most", "expected_loss_at_most", "audit_share_near", "near_width"),
        *("bands", "costs", "staffing", "warnings", "activates_at"),
    ):
        op.drop_column("policies", name)


@contextmanager
def _content_unlocked() -> Iterator[None]:
    """Let the migration rewrite policies for a while."""
    op.execute("ALTER TABLE policies DISABLE TRIGGER life")
    yield
    # Deferred checks of this transaction must be through before the table may change again.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("ALTER TABLE policies ENABLE TRIGGER life")


def _choice(name: str, members: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=32)


def _choices(table: str, column: str, members: tuple[str, ...]) -> None:
    """Let a column hold these words and no others."""
    name = op.f(f"ck_{table}_{column}")
    op.drop_constraint(name, table)
    words = ", ".join(f"'{member}'" for member in members)
    op.create_check_constraint(name, table, f"{column} IN ({words})")
