"""A payment's features may be texts, true or false, or missing, as its model's schema says."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

FEATURE_OBJECT = """
CREATE FUNCTION feature_object(list smallint, numbers double precision[], texts text[]) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(pair.name, coalesce(to_jsonb(pair.word), to_jsonb(pair.number))), '{}')
    FROM feature_lists, unnest(feature_lists.names, numbers, texts) AS pair(name, number, word)
    WHERE feature_lists.id = list
$$
"""
TRANSACTIONS = """
CREATE OR REPLACE VIEW transactions AS
SELECT id, client_id::bigint AS client_id, transaction_id, body_sha256, occurred_at, amount, currency,
    feature_object(feature_list, features, feature_texts) AS features, attributes, respond_by, received_at
FROM payments
"""

FEATURE_OBJECT_BEFORE = """
CREATE FUNCTION feature_object(list smallint, numbers double precision[]) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(pair.name, pair.number), '{}')
    FROM feature_lists, unnest(feature_lists.names, numbers) AS pair(name, number)
    WHERE feature_lists.id = list
$$
"""
TRANSACTIONS_BEFORE = """
CREATE OR REPLACE VIEW transactions AS
SELECT id, client_id::bigint AS client_id, transaction_id, body_sha256, occurred_at, amount, currency,
    feature_object(feature_list, features) AS features, attributes, respond_by, received_at
FROM payments
"""
# Older releases read numbers alone: a payment that holds more would be read as another one.
REFUSE_LOSS = """
DO $$ BEGIN
    IF EXISTS (
        SELECT FROM payments WHERE feature_texts IS NOT NULL OR array_position(features, NULL) IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'payments hold texts among their features, or none: the older release reads numbers';
    END IF;
END $$
"""


def upgrade() -> None:
    """Go up; the column for codes of categories was never written."""
    op.execute("ALTER TABLE payments DROP COLUMN categories, ADD COLUMN feature_texts text[]")
    op.execute(FEATURE_OBJECT)
    op.execute(TRANSACTIONS)
    op.execute("DROP FUNCTION feature_object(smallint, double precision[])")


def downgrade() -> None:
    """Go down, unless something would be lost."""
    op.execute(REFUSE_LOSS)
    op.execute(FEATURE_OBJECT_BEFORE)
    op.execute(TRANSACTIONS_BEFORE)
    op.execute("DROP FUNCTION feature_object(smallint, double precision[], text[])")
    op.execute("ALTER TABLE payments DROP COLUMN feature_texts, ADD COLUMN categories integer[]")
