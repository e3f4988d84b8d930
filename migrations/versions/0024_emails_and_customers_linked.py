"""Payments are linked by email and customer, too; those that are there as well."""

from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

# Who writes links meanwhile waits: what it read of the kinds would be too little.
HOLD = "SELECT FROM link_progress FOR UPDATE"
ADD = "INSERT INTO link_entities (id, name) VALUES (5, 'email'), (6, 'customer')"
# What comes behind the mark is linked as it is reached.
LINK = """
INSERT INTO payment_links (entity, fingerprint, payment_id)
SELECT e.id, keyed_fingerprint(k.inner_pad, k.outer_pad, e.id, p.attributes ->> e.name), p.id
FROM link_keys k, payments p JOIN link_entities e ON p.attributes ? e.name
WHERE e.id IN (5, 6) AND p.attributes ?| ARRAY['email', 'customer']
    AND p.id <= (SELECT indexed_to FROM link_progress)
ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Go up; reads all payments once."""
    for statement in (HOLD, ADD, LINK):
        op.execute(statement)


def downgrade() -> None:
    """Go down; links are written again from payments."""
    op.execute(HOLD)
    op.execute("DELETE FROM payment_links WHERE entity IN (5, 6)")
    op.execute("DELETE FROM link_entities WHERE id IN (5, 6)")
