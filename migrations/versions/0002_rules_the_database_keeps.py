"""The rules the database itself keeps: append-only rows, a policy's life, the active pair."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: Rows that nobody may change once they are written.
APPEND_ONLY = (
    "transactions",
    "scores",
    "decisions",
    "outcomes",
    "labels",
    "claims",
    "verdicts",
    "policy_events",
)

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

# A policy is born a draft, keeps its content for ever, and moves only along
# app.triage.policies.state.NEXT_STATES.
KEEP_POLICY_LIFE = """
CREATE FUNCTION keep_policy_life() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changing constant text[] := ARRAY['state', 'approved_by', 'approved_at'];
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
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'draft>simulated', 'draft>retired', 'simulated>shadow', 'simulated>approved',
        'simulated>retired', 'shadow>approved', 'shadow>retired', 'approved>active',
        'approved>retired', 'active>retired', 'retired>active'
    ) THEN
        RAISE EXCEPTION 'a policy cannot go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

# Checked at commit, whichever of the two was changed: what decides is a policy in state active.
KEEP_ACTIVE_PAIR = """
CREATE FUNCTION keep_active_pair() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM active_policy JOIN policies ON policies.id = active_policy.policy_id
        WHERE policies.state = 'active'
    ) THEN
        RAISE EXCEPTION 'the active pair needs a policy in state active' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""

TELL_ACTIVATION = """
CREATE FUNCTION tell_activation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('policy_activated', NEW.policy_id::text);
    RETURN NULL;
END $$
"""

KEEP_CASE_CLOSED = """
CREATE FUNCTION keep_case_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a % case stays as it is', OLD.state USING ERRCODE = 'restrict_violation';
END $$
"""

# Only outcomes somebody may be waiting for; the machine's own were answered at once.
TELL_OUTCOME = """
CREATE FUNCTION tell_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outcome_settled', NEW.transaction_id::text);
    RETURN NULL;
END $$
"""

FUNCTIONS = {
    "refuse_change": REFUSE_CHANGE,
    "keep_policy_life": KEEP_POLICY_LIFE,
    "keep_active_pair": KEEP_ACTIVE_PAIR,
    "tell_activation": TELL_ACTIVATION,
    "keep_case_closed": KEEP_CASE_CLOSED,
    "tell_outcome": TELL_OUTCOME,
}

TRIGGERS = (
    *(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in APPEND_ONLY
    ),
    (
        "CREATE TRIGGER life BEFORE INSERT OR UPDATE ON policies"
        " FOR EACH ROW EXECUTE FUNCTION keep_policy_life()"
    ),
    (
        "CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON policies"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    (
        "CREATE CONSTRAINT TRIGGER active_pair AFTER INSERT OR UPDATE ON active_policy"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_active_pair()"
    ),
    (
        "CREATE CONSTRAINT TRIGGER active_pair AFTER UPDATE ON policies"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ('active' IN (OLD.state, NEW.state))"
        " EXECUTE FUNCTION keep_active_pair()"
    ),
    (
        "CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON active_policy"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    (
        "CREATE TRIGGER told AFTER INSERT OR UPDATE ON active_policy"
        " FOR EACH ROW EXECUTE FUNCTION tell_activation()"
    ),
    (
        "CREATE TRIGGER closed_stays BEFORE UPDATE ON cases FOR EACH ROW"
        " WHEN (OLD.state IN ('judged', 'closed')) EXECUTE FUNCTION keep_case_closed()"
    ),
    (
        "CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON cases"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    (
        "CREATE TRIGGER told AFTER INSERT ON outcomes FOR EACH ROW"
        " WHEN (NEW.source <> 'machine') EXECUTE FUNCTION tell_outcome()"
    ),
)

#: The machine's own hands: who wrote, and who approved, the policy that ships with a model.
SYSTEM_ACCOUNTS = (("system:train", "Training"), ("system:bootstrap", "First start"))


def upgrade() -> None:
    """Let the database refuse what the product promises never happens."""
    for statement in (*FUNCTIONS.values(), *TRIGGERS):
        op.execute(statement)
    for name, display_name in SYSTEM_ACCOUNTS:
        op.execute(
            sa.text(
                "INSERT INTO accounts (name, display_name, role, created_at)"
                " VALUES (:name, :display_name, 'system', now())"
                # Going down leaves them: policies may name them as their author.
                " ON CONFLICT (name) DO NOTHING"
            ).bindparams(name=name, display_name=display_name)
        )


def downgrade() -> None:
    """Go down."""
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}() CASCADE")
