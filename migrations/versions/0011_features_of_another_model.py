"""A payment that carries another model's features says so, and is no outage of the model."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OLD_REASONS = (
    *("model_unavailable", "currency_unsupported", "novel", "passes_disagree", "epistemic_doubt"),
    *("evidence_fraud", "evidence_legit", "ambiguous", "unfamiliar", "contested", "large_exposure"),
    *("between_bounds", "unusual_feed"),
)
NEW_REASON = "features_unsupported"
WITH_REASONS = ("decisions", "shadow_decisions")


def upgrade() -> None:
    """Go up."""
    for table in WITH_REASONS:
        _choices(table, (*OLD_REASONS, NEW_REASON))


def downgrade() -> None:
    """Go down; the new reason becomes the one that says that there is no score, either."""
    for table in WITH_REASONS:
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        op.execute(f"UPDATE {table} SET reason = 'currency_unsupported' WHERE reason = '{NEW_REASON}'")
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")
        _choices(table, OLD_REASONS)


def _choices(table: str, members: tuple[str, ...]) -> None:
    name = op.f(f"ck_{table}_reason")
    op.drop_constraint(name, table)
    words = ", ".join(f"'{member}'" for member in members)
    op.create_check_constraint(name, table, f"reason IN ({words})")
