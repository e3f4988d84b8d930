"""The walking skeleton: people, policies, transactions, cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


TABLES_BY_DEPENDENCE = (
    "verdicts",
    "claims",
    "cases",
    "decisions",
    "scores",
    "policy_events",
    "outcomes",
    "labels",
    "active_policy",
    "transactions",
    "sessions",
    "policies",
    "login_links",
    "models",
    "login_attempts",
    "clients",
    "accounts",
)


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "analyst",
                "senior",
                "manager",
                "auditor",
                "admin",
                "system",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_accounts_name")),
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("length(key_sha256) = 64", name=op.f("ck_clients_key_is_hashed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_clients_key_sha256")),
        sa.UniqueConstraint("name", name=op.f("uq_clients_name")),
    )
    op.create_table(
        "login_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempts")),
    )
    op.create_index(op.f("ix_login_attempts_failed_at"), "login_attempts", ["failed_at"], unique=False)
    op.create_index(op.f("ix_login_attempts_name"), "login_attempts", ["name"], unique=False)
    op.create_table(
        "models",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("card", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_models")),
    )
    op.create_table(
        "login_links",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_login_links_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_login_links")),
    )
    op.create_index(op.f("ix_login_links_account_id"), "login_links", ["account_id"], unique=False)
    op.create_table(
        "policies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "simulated",
                "shadow",
                "approved",
                "active",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("approve_at_most", sa.Double(), nullable=False),
        sa.Column("decline_at_least", sa.Double(), nullable=False),
        sa.Column("approve_legit_at_least", sa.Double(), nullable=True),
        sa.Column("decline_legit_at_most", sa.Double(), nullable=True),
        sa.Column("spread_at_most", sa.Double(), nullable=True),
        sa.Column("novelty_at_most", sa.Double(), nullable=True),
        sa.Column("audit_share_approved", sa.Double(), nullable=False),
        sa.Column("audit_share_declined", sa.Double(), nullable=False),
        sa.Column(
            "deadline_fallback",
            sa.Enum(
                "wait",
                "approve",
                "decline",
                name="deadline_fallback",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("patience_minutes", sa.Double(), nullable=False),
        sa.Column("chargeback_fee", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("certificate", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("simulation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'active') OR approved_by IS NOT NULL",
            name=op.f("ck_policies_active_is_approved"),
        ),
        sa.CheckConstraint("approve_at_most <= decline_at_least", name=op.f("ck_policies_bounds_in_order")),
        sa.CheckConstraint("approved_by <> author_id", name=op.f("ck_policies_approved_by_another")),
        sa.CheckConstraint(
            "audit_share_approved BETWEEN 0 AND 1", name=op.f("ck_policies_audit_share_approved_is_share")
        ),
        sa.CheckConstraint(
            "audit_share_declined BETWEEN 0 AND 1", name=op.f("ck_policies_audit_share_declined_is_share")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["accounts.id"], name=op.f("fk_policies_approved_by_accounts")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_policies_author_id_accounts")),
        sa.ForeignKeyConstraint(
            ["model_version"], ["models.version"], name=op.f("fk_policies_model_version_models")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["policies.id"], name=op.f("fk_policies_parent_id_policies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("id", "model_version", name=op.f("uq_policies_id_model_version")),
    )
    op.create_index(
        "uq_policies_one_active",
        "policies",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"], unique=False)
    op.create_table(
        "transactions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.String(length=128), nullable=False),
        sa.Column("body_sha256", postgresql.BYTEA(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("features", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_transactions_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_transactions_client_id_clients")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
        sa.UniqueConstraint(
            "client_id", "transaction_id", name=op.f("uq_transactions_client_id_transaction_id")
        ),
    )
    op.create_table(
        "active_policy",
        sa.Column("singleton", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("singleton", name=op.f("ck_active_policy_only_one")),
        sa.ForeignKeyConstraint(
            ["policy_id", "model_version"],
            ["policies.id", "policies.model_version"],
            name=op.f("fk_active_policy_policy_id_model_version_policies"),
        ),
        sa.PrimaryKeyConstraint("singleton", name=op.f("pk_active_policy")),
    )
    op.create_table(
        "labels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "label",
            sa.Enum("fraud", "legit", name="label", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("learned_at >= occurred_at", name=op.f("ck_labels_learned_after_it_occurred")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_labels_transaction_id_transactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
        sa.UniqueConstraint(
            "transaction_id",
            "source",
            "label",
            "occurred_at",
            "learned_at",
            name=op.f("uq_labels_transaction_id_source_label_occurred_at_learned_at"),
        ),
    )
    op.create_table(
        "outcomes",
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("fraud", "legit", name="outcome", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "machine",
                "verdict",
                "deadline",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "xact",
            sa.Integer(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_outcomes_transaction_id_transactions")
        ),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_outcomes")),
    )
    op.create_index("ix_outcomes_in_order", "outcomes", ["client_id", "xact", "transaction_id"], unique=False)
    op.create_table(
        "policy_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("policy_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "simulated",
                "shadow",
                "approved",
                "active",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_policy_events_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policies.id"], name=op.f("fk_policy_events_policy_id_policies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_events")),
    )
    op.create_index(op.f("ix_policy_events_policy_id"), "policy_events", ["policy_id"], unique=False)
    op.create_table(
        "scores",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("evidence_fraud", sa.Double(), nullable=False),
        sa.Column("evidence_legit", sa.Double(), nullable=True),
        sa.Column("margin", sa.Double(), nullable=False),
        sa.Column("spread", sa.Double(), nullable=False),
        sa.Column("interval_low", sa.Double(), nullable=False),
        sa.Column("interval_high", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("entropy", sa.Double(), nullable=False),
        sa.Column("expected_entropy", sa.Double(), nullable=False),
        sa.Column("mutual_information", sa.Double(), nullable=False),
        sa.Column("predictive_variance", sa.Double(), nullable=False),
        sa.Column("novelty", sa.Double(), nullable=False),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_scores_transaction_id_transactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scores")),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("score_id", sa.BigInteger(), nullable=True),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column(
            "label",
            sa.Enum(
                "legit",
                "unknown",
                "fraud",
                name="label",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "model_unavailable",
                "currency_unsupported",
                "novel",
                "passes_disagree",
                "evidence_fraud",
                "evidence_legit",
                "ambiguous",
                "unfamiliar",
                "between_bounds",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("label_propensity", sa.Double(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "label = 'unknown' OR score_id IS NOT NULL", name=op.f("ck_decisions_no_score_is_unknown")
        ),
        sa.CheckConstraint(
            "label_propensity BETWEEN 0 AND 1", name=op.f("ck_decisions_propensity_is_probability")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id", "model_version"],
            ["policies.id", "policies.model_version"],
            name=op.f("fk_decisions_policy_id_model_version_policies"),
        ),
        sa.ForeignKeyConstraint(["score_id"], ["scores.id"], name=op.f("fk_decisions_score_id_scores")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_decisions_transaction_id_transactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("transaction_id", "attempt", name=op.f("uq_decisions_transaction_id_attempt")),
    )
    op.create_index("ix_decisions_decided_at", "decisions", ["decided_at"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("awaits_model", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("unknown", "audit", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "escalated",
                "judged",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="open",
            nullable=False,
        ),
        sa.Column("expected_loss", sa.Double(), nullable=False),
        sa.Column("priority_key", sa.Double(), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "fallback",
            sa.Enum(
                "wait",
                "approve",
                "decline",
                name="fallback",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holder_id", sa.BigInteger(), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (state IN ('judged', 'closed'))", name=op.f("ck_cases_closed_has_time")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'escalated') OR holder_id IS NULL", name=op.f("ck_cases_closed_has_no_holder")
        ),
        sa.CheckConstraint(
            "(holder_id IS NULL) = (lease_token IS NULL)"
            " AND (holder_id IS NULL) = (lease_expires_at IS NULL)",
            name=op.f("ck_cases_lease_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_cases_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(["released_by"], ["accounts.id"], name=op.f("fk_cases_released_by_accounts")),
        sa.ForeignKeyConstraint(["holder_id"], ["accounts.id"], name=op.f("fk_cases_holder_id_accounts")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_cases_transaction_id_transactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index(
        "ix_cases_awaits_model",
        "cases",
        ["id"],
        unique=False,
        postgresql_where=sa.text("awaits_model AND state IN ('open', 'escalated')"),
    )
    op.create_index(
        "ix_cases_deadline",
        "cases",
        ["respond_by"],
        unique=False,
        postgresql_where=sa.text("respond_by IS NOT NULL AND state IN ('open', 'escalated')"),
    )
    op.create_index(
        "ix_cases_escalated",
        "cases",
        [sa.literal_column("priority_key DESC"), "id"],
        unique=False,
        postgresql_where=sa.text("state = 'escalated'"),
    )
    op.create_index(
        "ix_cases_holder",
        "cases",
        ["holder_id"],
        unique=False,
        postgresql_where=sa.text("holder_id IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_queue",
        "cases",
        [sa.literal_column("priority_key DESC"), "id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_cases_transaction_id"), "cases", ["transaction_id"], unique=False)
    op.create_index(
        "uq_cases_one_open",
        "cases",
        ["transaction_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'escalated')"),
    )
    op.create_table(
        "claims",
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_claims_account_id_accounts")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_claims_case_id_cases")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_case_id"), "claims", ["case_id"], unique=False)
    op.create_table(
        "verdicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "judgement",
            sa.Enum(
                "fraud",
                "legit",
                "escalate",
                name="judgement",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("milliseconds_to_decide", sa.Integer(), nullable=False),
        sa.CheckConstraint("milliseconds_to_decide >= 0", name=op.f("ck_verdicts_time_is_not_negative")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_verdicts_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_verdicts_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_verdicts_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id", "model_version"],
            ["policies.id", "policies.model_version"],
            name=op.f("fk_verdicts_policy_id_model_version_policies"),
        ),
        sa.ForeignKeyConstraint(["token"], ["claims.token"], name=op.f("fk_verdicts_token_claims")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
    )
    op.create_index(op.f("ix_verdicts_case_id"), "verdicts", ["case_id"], unique=False)
    op.create_index(
        "uq_verdicts_one_per_case",
        "verdicts",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("judgement <> 'escalate'"),
    )


def downgrade() -> None:
    """Go down."""
    for table in TABLES_BY_DEPENDENCE:
        op.drop_table(table)
