"""History: states of keys, what a payment read of them, frauds that were counted."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATES = """
CREATE TABLE history_states (
    key uuid PRIMARY KEY,
    entity text NOT NULL,
    updates bigint NOT NULL,
    latest double precision,
    state bytea NOT NULL
) WITH (fillfactor = 70)
"""
# Few are ever over: their place is found by the time of their newest payment.
STATES_BY_TIME = "CREATE INDEX ix_history_states_latest ON history_states USING brin (latest)"
FRAUDS = """
CREATE TABLE history_frauds (
    key uuid NOT NULL,
    updates bigint NOT NULL,
    payment_id bigint NOT NULL,
    count smallint NOT NULL CHECK (count IN (1, -1)),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (key, updates)
)
"""
FRAUDS_BY_PAYMENT = "CREATE INDEX ix_history_frauds_payment_id ON history_frauds (payment_id)"
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history_frauds
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
PROGRESS = """
CREATE TABLE history_progress (
    is_only boolean PRIMARY KEY DEFAULT true CONSTRAINT ck_history_progress_is_one CHECK (is_only),
    xact bigint NOT NULL
)
"""
BEGIN = "INSERT INTO history_progress (xact) VALUES (0)"
DERIVED = "CASE WHEN derived_list IS NULL THEN '{}' ELSE feature_object(derived_list, derived, NULL) END"
TRANSACTIONS = f"""
CREATE OR REPLACE VIEW transactions AS
SELECT id, client_id::bigint AS client_id, transaction_id, body_sha256, occurred_at, amount, currency,
    feature_object(feature_list, features, feature_texts) AS features, attributes, respond_by, received_at,
    {DERIVED} AS derived
FROM payments
"""
TRANSACTIONS_BEFORE = """
CREATE VIEW transactions AS
SELECT id, client_id::bigint AS client_id, transaction_id, body_sha256, occurred_at, amount, currency,
    feature_object(feature_list, features, feature_texts) AS features, attributes, respond_by, received_at
FROM payments
"""
REFUSE_LOSS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM payments WHERE derived_list IS NOT NULL) THEN
        RAISE EXCEPTION 'payments were decided by their history: the older release knows none';
    END IF;
END $$
"""


def upgrade() -> None:
    """Go up."""
    op.execute("ALTER TABLE payments ADD COLUMN derived_list smallint")
    for statement in (STATES, STATES_BY_TIME, FRAUDS, FRAUDS_BY_PAYMENT, APPEND_ONLY, PROGRESS, BEGIN):
        op.execute(statement)
    op.execute(TRANSACTIONS)


def downgrade() -> None:
    """Go down, unless something would be lost."""
    op.execute(REFUSE_LOSS)
    op.execute("DROP VIEW transactions")
    op.execute(TRANSACTIONS_BEFORE)
    op.execute("DROP TABLE history_states, history_frauds, history_progress")
    op.execute("ALTER TABLE payments DROP COLUMN derived_list")
