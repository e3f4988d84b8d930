"""The analyst's desk: grace, drafts, reservations, blind draws, reviews of reviews, groups, search."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KINDS = ("unknown", "audit", "gold", "second", "ruling")
STATES = ("open", "escalated", "given", "judged", "closed")
JUDGEMENTS = ("fraud", "legit", "escalate")
REASONS = (
    *("known_card_pattern", "customer_contact", "merchant_risk", "unusual_amount"),
    *("linked_fraud", "other"),
)
ENDS = (
    *("judged", "undone", "released", "skipped", "handed_over", "taken_back", "expired", "closed"),
    "unopened",
)
BASES = ("card", "device", "merchant", "ip", "alike")

APPEND_ONLY = ("claim_ends", "provisional_verdicts", "blind_draws", "case_groups")

# A case moves only along app.review.case_state.NEXT_STATES; what is over stays as it is.
KEEP_CASE_LIFE = """
CREATE FUNCTION keep_case_life() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'open>given', 'open>escalated', 'open>judged', 'open>closed',
        'escalated>given', 'escalated>judged', 'escalated>closed',
        'given>open', 'given>escalated', 'given>judged'
    ) THEN
        RAISE EXCEPTION 'a case cannot go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.transaction_id, NEW.opened_at, NEW.first_case_id, NEW.not_for, NEW.truth, NEW.drawn_with)
        IS DISTINCT FROM (OLD.id, OLD.transaction_id, OLD.opened_at, OLD.first_case_id, OLD.not_for,
            OLD.truth, OLD.drawn_with)
        -- A payment scored at last may turn out to be one the machine decides: looking at it is an audit.
        OR (NEW.kind <> OLD.kind AND (OLD.kind, NEW.kind) <> ('unknown', 'audit'))
    THEN
        RAISE EXCEPTION 'what a case is about never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

# Checked at commit: nothing is judged without a verdict, nothing given without a judgement in its grace.
KEEP_CASE_GROUNDS = """
CREATE FUNCTION keep_case_grounds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_is text;
BEGIN
    SELECT state INTO now_is FROM cases WHERE id = NEW.id;
    IF now_is = 'judged'
        AND NOT EXISTS (SELECT 1 FROM verdicts WHERE case_id = NEW.id AND judgement <> 'escalate')
    THEN
        RAISE EXCEPTION 'a judged case needs a verdict' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (now_is = 'given') <> EXISTS (SELECT 1 FROM pending_verdicts WHERE case_id = NEW.id) THEN
        RAISE EXCEPTION 'a given case and its pending verdict go together'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""

# The one verdict that counts of every transaction a person judged: the newest correction of the first, and
# of neither gold cases nor reviews of reviews.
STANDING_VERDICTS = """
CREATE VIEW standing_verdicts AS
SELECT v.id, v.case_id, c.transaction_id, v.account_id, v.judgement, v.judged_at, v.decision_id, v.group_id
FROM verdicts v
JOIN cases c ON c.id = v.case_id
WHERE c.kind IN ('unknown', 'audit') AND v.judgement <> 'escalate'
    AND NOT EXISTS (SELECT 1 FROM verdicts newer WHERE newer.corrects_id = v.id)
"""

#: Attributes by which payments are linked; an index each, newest first.
LINKS = ("card", "device", "merchant", "ip")


def upgrade() -> None:
    """Go up."""
    _new_tables()
    _widen_cases()
    _widen_claims()
    _widen_verdicts()
    for statement in (KEEP_CASE_LIFE, KEEP_CASE_GROUNDS, STANDING_VERDICTS):
        op.execute(statement)
    op.execute("CREATE TRIGGER life BEFORE UPDATE ON cases FOR EACH ROW EXECUTE FUNCTION keep_case_life()")
    op.execute(
        "CREATE CONSTRAINT TRIGGER grounds AFTER UPDATE ON cases DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION keep_case_grounds()"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for link in LINKS:
        op.execute(
            f"CREATE INDEX ix_transactions_{link} ON transactions ((attributes ->> '{link}'), id)"
            f" WHERE attributes ? '{link}'"
        )
    op.execute(
        "CREATE INDEX ix_transactions_words ON transactions"
        " USING gin (jsonb_to_tsvector('simple', attributes, '[\"string\"]'))"
    )
    op.execute("CREATE INDEX ix_verdicts_words ON verdicts USING gin (to_tsvector('simple', note))")


def _new_tables() -> None:
    op.create_table(
        "case_groups",
        _key(),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("basis", _choice("basis", BASES), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("judgement", _choice("judgement", JUDGEMENTS), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_groups")),
        _reference("case_groups", "account_id", "accounts"),
    )
    op.create_table(
        "claim_ends",
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("how", _choice("how", ENDS), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_claim_ends")),
        _reference("claim_ends", "token", "claims", "token"),
        _reference("claim_ends", "ended_by", "accounts"),
    )
    op.create_table(
        "pending_verdicts",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("judgement", _choice("judgement", JUDGEMENTS), nullable=False),
        sa.Column("reason", _choice("reason", REASONS), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("was_escalated", sa.Boolean(), nullable=False),
        sa.Column("milliseconds_to_decide", sa.Integer(), nullable=False),
        sa.Column("hidden_milliseconds", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settles_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("settles_at >= judged_at", name=op.f("ck_pending_verdicts_settles_later")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_pending_verdicts")),
        _reference("pending_verdicts", "case_id", "cases"),
        _reference("pending_verdicts", "token", "claims", "token"),
        _reference("pending_verdicts", "account_id", "accounts"),
        _reference("pending_verdicts", "decision_id", "decisions"),
        _reference("pending_verdicts", "group_id", "case_groups"),
    )
    op.create_index("ix_pending_verdicts_settles_at", "pending_verdicts", ["settles_at"])
    op.create_table(
        "provisional_verdicts",
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("judgement", _choice("judgement", ("fraud", "legit")), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("milliseconds_to_decide", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_provisional_verdicts")),
        _reference("provisional_verdicts", "token", "claims", "token"),
        _reference("provisional_verdicts", "case_id", "cases"),
        _reference("provisional_verdicts", "account_id", "accounts"),
    )
    op.create_index(op.f("ix_provisional_verdicts_case_id"), "provisional_verdicts", ["case_id"])
    op.create_table(
        "blind_draws",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("probability BETWEEN 0 AND 1", name=op.f("ck_blind_draws_is_probability")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_blind_draws")),
        _reference("blind_draws", "case_id", "cases"),
    )
    op.create_table(
        "case_drafts",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reason", _choice("reason", REASONS), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_drafts")),
        _reference("case_drafts", "case_id", "cases"),
        _reference("case_drafts", "account_id", "accounts"),
    )


def _widen_cases() -> None:
    for column in (
        sa.Column("is_reserved", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered_to", sa.BigInteger(), nullable=True),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_case_id", sa.BigInteger(), nullable=True),
        sa.Column("not_for", sa.BigInteger(), nullable=True),
        sa.Column("truth", _choice("truth", ("fraud", "legit")), nullable=True),
        sa.Column("drawn_with", sa.Double(), nullable=True),
    ):
        op.add_column("cases", column)
    for name, table in (("offered_to", "accounts"), ("first_case_id", "cases"), ("not_for", "accounts")):
        op.create_foreign_key(op.f(f"fk_cases_{name}_{table}"), "cases", table, [name], ["id"])
    _choices("cases", "kind", KINDS)
    _choices("cases", "state", STATES)
    for name, rule in (
        ("reserved_is_held", "NOT is_reserved OR holder_id IS NOT NULL"),
        ("offer_is_whole", "(offered_to IS NULL) = (offered_until IS NULL)"),
        ("gold_has_truth", "(kind = 'gold') = (truth IS NOT NULL)"),
        ("review_has_first", "(kind IN ('second', 'ruling')) = (first_case_id IS NOT NULL)"),
        ("drawn_with_is_probability", "drawn_with BETWEEN 0 AND 1"),
    ):
        op.create_check_constraint(op.f(f"ck_cases_{name}"), "cases", rule)
    op.drop_constraint(op.f("ck_cases_closed_has_no_holder"), "cases")
    op.create_check_constraint(
        op.f("ck_cases_only_live_is_held"), "cases", "state IN ('open', 'escalated') OR holder_id IS NULL"
    )
    op.drop_index("uq_cases_one_open", table_name="cases")
    op.create_index(
        "uq_cases_one_open",
        "cases",
        ["transaction_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'escalated', 'given') AND kind IN ('unknown', 'audit')"),
    )
    op.create_index(
        "uq_cases_one_review_of_a_kind",
        "cases",
        ["first_case_id", "kind"],
        unique=True,
        postgresql_where=sa.text("first_case_id IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_offered_to",
        "cases",
        ["offered_to", sa.text("priority_key DESC"), "id"],
        postgresql_where=sa.text("offered_to IS NOT NULL"),
    )
    op.create_index("ix_cases_opened_at", "cases", ["opened_at"])
    op.create_index(
        "ix_cases_closed_at", "cases", ["closed_at"], postgresql_where=sa.text("closed_at IS NOT NULL")
    )


def _widen_claims() -> None:
    op.add_column("claims", sa.Column("decision_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_claims_decision_id_decisions"), "claims", "decisions", ["decision_id"], ["id"]
    )


def _widen_verdicts() -> None:
    for column in (
        sa.Column("reason", _choice("reason", REASONS), nullable=True),
        sa.Column("hidden_milliseconds", sa.Integer(), server_default="0", nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
    ):
        op.add_column("verdicts", column)
    op.alter_column("verdicts", "token", nullable=True)
    op.create_foreign_key(
        op.f("fk_verdicts_group_id_case_groups"), "verdicts", "case_groups", ["group_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_verdicts_corrects_id_verdicts"), "verdicts", "verdicts", ["corrects_id"], ["id"]
    )
    for name, rule in (
        ("correction_has_reason", "corrects_id IS NULL OR coalesce(length(note), 0) > 0"),
        ("correction_is_final", "corrects_id IS NULL OR judgement <> 'escalate'"),
        ("judged_under_a_claim", "(corrects_id IS NULL) = (token IS NOT NULL)"),
        ("other_has_note", "reason IS DISTINCT FROM 'other' OR coalesce(length(note), 0) > 0"),
        ("hidden_time_is_not_negative", "hidden_milliseconds >= 0"),
    ):
        op.create_check_constraint(op.f(f"ck_verdicts_{name}"), "verdicts", rule)
    op.drop_index("uq_verdicts_one_per_case", table_name="verdicts")
    op.create_index(
        "uq_verdicts_one_per_case",
        "verdicts",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("judgement <> 'escalate' AND corrects_id IS NULL"),
    )
    op.create_index(op.f("uq_verdicts_corrects_id"), "verdicts", ["corrects_id"], unique=True)
    op.create_index("ix_verdicts_account_id", "verdicts", ["account_id", "judged_at"])


def downgrade() -> None:
    """Go down; refused while a verdict waits for its grace to end.

    Gold cases and reviews of reviews leave with their verdicts; corrections leave, what they corrected
    stays.
    """
    op.execute("""
        DO $$ BEGIN
            IF EXISTS (SELECT 1 FROM pending_verdicts) THEN
                RAISE EXCEPTION 'verdicts wait for their grace to end: try again in a few seconds';
            END IF;
        END $$
    """)
    op.execute("DROP INDEX ix_verdicts_words")
    op.execute("DROP INDEX ix_transactions_words")
    for link in LINKS:
        op.execute(f"DROP INDEX ix_transactions_{link}")
    op.execute("DROP VIEW standing_verdicts")
    op.execute("DROP FUNCTION keep_case_grounds() CASCADE")
    op.execute("DROP FUNCTION keep_case_life() CASCADE")
    for table in ("case_drafts", "blind_draws", "provisional_verdicts", "pending_verdicts", "claim_ends"):
        op.drop_table(table)
    _remove_reviews()
    _narrow_verdicts()
    op.drop_constraint(op.f("fk_claims_decision_id_decisions"), "claims")
    op.drop_column("claims", "decision_id")
    op.drop_table("case_groups")
    _narrow_cases()


def _remove_reviews() -> None:
    """Take away the rows the older schema cannot hold."""
    for table, trigger in (
        ("verdicts", "append_only"),
        ("claims", "append_only"),
        ("cases", "never_deleted"),
    ):
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    op.execute("DELETE FROM verdicts WHERE corrects_id IS NOT NULL")
    for table in ("verdicts", "claims"):
        op.execute(
            f"DELETE FROM {table} USING cases"
            f" WHERE cases.id = {table}.case_id AND cases.kind NOT IN ('unknown', 'audit')"
        )
    for kind in ("ruling", "second", "gold"):
        op.execute(f"DELETE FROM cases WHERE kind = '{kind}'")
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table, trigger in (
        ("verdicts", "append_only"),
        ("claims", "append_only"),
        ("cases", "never_deleted"),
    ):
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def _narrow_verdicts() -> None:
    op.drop_index("ix_verdicts_account_id", table_name="verdicts")
    op.drop_index(op.f("uq_verdicts_corrects_id"), table_name="verdicts")
    op.drop_index("uq_verdicts_one_per_case", table_name="verdicts")
    op.create_index(
        "uq_verdicts_one_per_case",
        "verdicts",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("judgement <> 'escalate'"),
    )
    for name in (
        *("correction_has_reason", "correction_is_final", "judged_under_a_claim", "other_has_note"),
        "hidden_time_is_not_negative",
    ):
        op.drop_constraint(op.f(f"ck_verdicts_{name}"), "verdicts")
    op.alter_column("verdicts", "token", nullable=False)
    for name in ("reason", "hidden_milliseconds", "group_id", "corrects_id"):
        op.drop_column("verdicts", name)


def _narrow_cases() -> None:
    for name in ("ix_cases_closed_at", "ix_cases_opened_at", "ix_cases_offered_to"):
        op.drop_index(name, table_name="cases")
    op.drop_index("uq_cases_one_review_of_a_kind", table_name="cases")
    op.drop_index("uq_cases_one_open", table_name="cases")
    op.create_index(
        "uq_cases_one_open",
        "cases",
        ["transaction_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'escalated')"),
    )
    op.drop_constraint(op.f("ck_cases_only_live_is_held"), "cases")
    op.create_check_constraint(
        op.f("ck_cases_closed_has_no_holder"), "cases", "state IN ('open', 'escalated') OR holder_id IS NULL"
    )
    for name in (
        *("reserved_is_held", "offer_is_whole", "gold_has_truth", "review_has_first"),
        "drawn_with_is_probability",
    ):
        op.drop_constraint(op.f(f"ck_cases_{name}"), "cases")
    for name in (
        *("is_reserved", "shown_at", "offered_to", "offered_until", "first_case_id", "not_for", "truth"),
        "drawn_with",
    ):
        op.drop_column("cases", name)
    _choices("cases", "kind", ("unknown", "audit"))
    _choices("cases", "state", ("open", "escalated", "judged", "closed"))


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _reference(table: str, column: str, other: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=op.f(f"fk_{table}_{column}_{other}"))


def _choice(name: str, members: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=32)


def _choices(table: str, column: str, members: tuple[str, ...]) -> None:
    """Let a column hold these words and no others."""
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table)
    allowed = ", ".join(f"'{member}'" for member in members)
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({allowed})")
