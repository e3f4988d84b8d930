"""One row a payment: what is written in one commit lies together, partitioned by the month of its receipt.

Readers know the views `transactions`, `decisions` and `outcomes`; what comes later has tables of its own.
Links and search words are written behind the commit. Old payments are moved in batches that are kept
(`move_ahead`), so that an interrupted migration goes on where it was; the last step moves the rest.
"""

import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

#: Payments moved in one transaction.
BATCH_ROWS = 20_000
SCORES = (
    *("evidence_fraud", "evidence_legit", "margin", "spread", "interval_low", "interval_high", "probability"),
    *("entropy", "expected_entropy", "mutual_information", "predictive_variance", "novelty"),
)
REASONS = (
    *("features_unsupported", "model_unavailable", "currency_unsupported", "novel", "passes_disagree"),
    *("epistemic_doubt", "evidence_fraud", "evidence_legit", "ambiguous", "unfamiliar", "contested"),
    *("large_exposure", "between_bounds", "unusual_feed"),
)
LABELS = ("legit", "unknown", "fraud")
LINKS = ("card", "device", "merchant", "ip")


def _among(column: str, members: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(member) for member in members)})"


_SCORE_COLUMNS = ", ".join(f"{name} double precision" for name in SCORES)
_SCORE_NAMES = ", ".join(SCORES)
_OPTIONAL = "evidence_legit double precision"
_OPTIONAL_NOT_NULL = f"{_OPTIONAL} NOT NULL"

# The key of a payment names its month: rows of a month lie in one partition, and a key leads there. Below
# lie the keys that were given before.
PAYMENT_BASE = """
CREATE FUNCTION payment_base(moment timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT greatest(1, (extract(year FROM moment AT TIME ZONE 'UTC')::bigint - 2000) * 12
        + extract(month FROM moment AT TIME ZONE 'UTC')::bigint) << 36
$$
"""
# By which a repeat is known: the same as app.database.payments.intake.storing.identity_of.
PAYMENT_IDENTITY = """
CREATE FUNCTION payment_identity(client bigint, told text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT encode(substr(sha256(convert_to(client || ':' || told, 'UTF8')), 1, 16), 'hex')::uuid
$$
"""
# Epoch and database transaction as one number, which rises with both.
OUTCOME_POSITION = """
CREATE FUNCTION outcome_position(epoch integer, xact bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (epoch::bigint << 48) + xact $$
"""
POSITION_EPOCH = """
CREATE FUNCTION position_epoch(place bigint) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (place >> 48)::integer $$
"""
POSITION_XACT = """
CREATE FUNCTION position_xact(place bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT place & ((1::bigint << 48) - 1) $$
"""
FEATURE_OBJECT = """
CREATE FUNCTION feature_object(list smallint, numbers double precision[]) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(pair.name, pair.number), '{}')
    FROM feature_lists, unnest(feature_lists.names, numbers) AS pair(name, number)
    WHERE feature_lists.id = list
$$
"""
# HMAC-SHA256, cut to eight bytes: who reads the links alone learns no card number. Neither strict nor
# immutable, so that the planner writes its expression where it is called: a call takes ten times as long.
KEYED_FINGERPRINT = """
CREATE FUNCTION keyed_fingerprint(inner_pad bytea, outer_pad bytea, entity smallint, told text) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT ('x' || encode(substr(sha256(outer_pad || sha256(inner_pad || convert_to(
        entity || ':' || CASE WHEN told ~ '[^ -~]' THEN comparable_text(told) ELSE told END, 'UTF8'
    ))), 1, 8), 'hex'))::bit(64)::bigint
$$
"""
LINK_FINGERPRINT = """
CREATE FUNCTION link_fingerprint(entity smallint, told text) RETURNS bigint
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT keyed_fingerprint(inner_pad, outer_pad, entity, told) FROM link_keys
$$
"""
# Links and search words of the payments after one key and up to another.
INDEX_PAYMENTS = """
CREATE FUNCTION index_payments(after_key bigint, upto bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO payment_links (entity, fingerprint, payment_id)
    SELECT told.entity, keyed_fingerprint(k.inner_pad, k.outer_pad, told.entity, told.value), told.id
    FROM link_keys k, (
        SELECT p.id, e.id AS entity, each.value
        FROM payments p, jsonb_each_text(p.attributes) AS each(key, value)
        JOIN link_entities e ON e.name = each.key
        WHERE p.id > after_key AND p.id <= upto
        UNION ALL
        SELECT p.id, 0::smallint, p.transaction_id FROM payments p
        WHERE p.id > after_key AND p.id <= upto AND p.transaction_id ~ '[^ -~]'
    ) told
    ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING;
    INSERT INTO payment_words (payment_id, words)
    SELECT p.id, jsonb_to_tsvector('simple', p.attributes, '["string"]') FROM payments p
    WHERE p.id > after_key AND p.id <= upto AND p.attributes <> '{}' ORDER BY p.id
    ON CONFLICT DO NOTHING;
$$
"""
# The first payment received after a moment, found by halving: keys rise with time but for what was written
# at the same moment.
FIRST_PAYMENT_AFTER = """
CREATE FUNCTION first_payment_after(moment timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
    found record;
BEGIN
    SELECT id, received_at INTO found FROM payments ORDER BY id DESC LIMIT 1;
    high := coalesce(found.id, 0) + 1;
    -- Nearly always somebody asks as of now: then the newest payment says all.
    IF found.id IS NULL OR found.received_at <= moment THEN
        RETURN high;
    END IF;
    WHILE low < high LOOP
        middle := low + (high - low) / 2;
        SELECT id, received_at INTO found FROM payments WHERE id >= middle ORDER BY id LIMIT 1;
        IF found.id IS NULL OR found.received_at > moment THEN
            high := middle;
        ELSE
            low := found.id + 1;
        END IF;
    END LOOP;
    RETURN low;
END $$
"""
# Partitions belong to the owner of the table; who serves may own nothing, and asks for them by this.
# The rule of the whole table does not hold for who writes to a part of it: each part has its own.
MAKE_PARTITIONS = """
CREATE FUNCTION make_payment_partitions(first_month date, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month timestamptz;
    parent text;
    part text;
    key text;
    is_begun boolean;
    made integer := 0;
BEGIN
    PERFORM set_config('lock_timeout', '2s', true);
    FOR ahead IN 0..months - 1 LOOP
        month := (date_trunc('month', first_month) + make_interval(months => ahead))::timestamp
            AT TIME ZONE 'UTC';
        FOREACH parent IN ARRAY ARRAY['payments', 'payment_links', 'payment_words'] LOOP
            key := CASE parent WHEN 'payments' THEN 'id' ELSE 'payment_id' END;
            part := parent || to_char(month AT TIME ZONE 'UTC', '"_"YYYY"_"MM');
            CONTINUE WHEN to_regclass(part) IS NOT NULL;
            -- A month that came before its partition stays where it is.
            EXECUTE format(
                'SELECT EXISTS (SELECT FROM %I WHERE %I >= %s AND %I < %s)',
                parent || '_default', key, payment_base(month), key, payment_base(month + interval '32 days')
            ) INTO is_begun;
            CONTINUE WHEN is_begun;
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)',
                part, parent, payment_base(month), payment_base(month + interval '32 days')
            );
            IF parent = 'payments' THEN
                EXECUTE format(
                    'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
                    ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', part
                );
            END IF;
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$
"""
FUNCTIONS = {
    "payment_base": PAYMENT_BASE,
    "payment_identity": PAYMENT_IDENTITY,
    "outcome_position": OUTCOME_POSITION,
    "position_epoch": POSITION_EPOCH,
    "position_xact": POSITION_XACT,
    "feature_object": FEATURE_OBJECT,
    "keyed_fingerprint": KEYED_FINGERPRINT,
    "link_fingerprint": LINK_FINGERPRINT,
    "index_payments": INDEX_PAYMENTS,
    "first_payment_after": FIRST_PAYMENT_AFTER,
    "make_payment_partitions": MAKE_PARTITIONS,
}

#: These read tables, which must be there first.
AFTER_TABLES = ("feature_object", "link_fingerprint", "index_payments", "make_payment_partitions")

TABLES = (
    """CREATE TABLE feature_lists (
        id smallint GENERATED BY DEFAULT AS IDENTITY,
        names text[] NOT NULL,
        CONSTRAINT pk_feature_lists PRIMARY KEY (id),
        CONSTRAINT uq_feature_lists_names UNIQUE (names)
    )""",
    "CREATE SEQUENCE payment_numbers",
    f"""CREATE TABLE payments (
        id bigint NOT NULL,
        position bigint,
        occurred_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL,
        label_propensity double precision NOT NULL,
        {_SCORE_COLUMNS},
        decision_id bigint,
        respond_by timestamptz,
        client_id integer NOT NULL,
        policy_id integer NOT NULL,
        feature_list smallint NOT NULL,
        transaction_id varchar(128) NOT NULL,
        body_sha256 bytea NOT NULL,
        amount numeric(16, 4) NOT NULL,
        currency varchar(3) NOT NULL,
        label varchar(32) NOT NULL,
        reason varchar(32) NOT NULL,
        device varchar(16),
        features double precision[] NOT NULL,
        categories integer[],
        derived double precision[],
        attributes jsonb NOT NULL,
        CONSTRAINT pk_payments PRIMARY KEY (id),
        CONSTRAINT ck_payments_amount_not_negative CHECK (amount >= 0),
        CONSTRAINT ck_payments_propensity_is_probability CHECK (label_propensity BETWEEN 0 AND 1),
        CONSTRAINT ck_payments_no_score_is_unknown CHECK (label = 'unknown' OR margin IS NOT NULL),
        CONSTRAINT ck_payments_settled_has_position CHECK ((label = 'unknown') = (position IS NULL)),
        CONSTRAINT ck_payments_label CHECK ({_among("label", LABELS)}),
        CONSTRAINT ck_payments_reason CHECK ({_among("reason", REASONS)})
    ) PARTITION BY RANGE (id)""",
    "CREATE INDEX ix_payments_in_order ON payments (client_id, position) WHERE position IS NOT NULL",
    "CREATE INDEX ix_payments_received_at ON payments USING brin (received_at) WITH (autosummarize = on)",
    "CREATE INDEX ix_payments_decision_id ON payments (decision_id) WHERE decision_id IS NOT NULL",
    """CREATE TABLE payment_keys (
        key uuid NOT NULL,
        payment_id bigint NOT NULL,
        CONSTRAINT pk_payment_keys PRIMARY KEY (key)
    )""",
    f"""CREATE TABLE later_decisions (
        id bigint NOT NULL DEFAULT payment_base(now()) + nextval('payment_numbers'),
        transaction_id bigint NOT NULL,
        attempt smallint NOT NULL,
        policy_id integer NOT NULL,
        label varchar(32) NOT NULL,
        reason varchar(32) NOT NULL,
        label_propensity double precision NOT NULL,
        decided_at timestamptz NOT NULL,
        device varchar(16),
        {_SCORE_COLUMNS},
        CONSTRAINT pk_later_decisions PRIMARY KEY (id),
        CONSTRAINT uq_later_decisions_transaction_id_attempt UNIQUE (transaction_id, attempt),
        CONSTRAINT fk_later_decisions_policy_id_policies FOREIGN KEY (policy_id) REFERENCES policies (id),
        CONSTRAINT ck_later_decisions_is_later CHECK (attempt > 1),
        CONSTRAINT ck_later_decisions_propensity_is_probability CHECK (label_propensity BETWEEN 0 AND 1),
        CONSTRAINT ck_later_decisions_no_score_is_unknown CHECK (label = 'unknown' OR margin IS NOT NULL),
        CONSTRAINT ck_later_decisions_label CHECK ({_among("label", LABELS)}),
        CONSTRAINT ck_later_decisions_reason CHECK ({_among("reason", REASONS)})
    )""",
    """CREATE TABLE later_outcomes (
        transaction_id bigint NOT NULL,
        client_id bigint NOT NULL,
        outcome varchar(32) NOT NULL,
        source varchar(32) NOT NULL,
        settled_at timestamptz NOT NULL,
        xact bigint NOT NULL DEFAULT (pg_current_xact_id()::text)::bigint,
        epoch integer NOT NULL DEFAULT outcome_epoch(),
        CONSTRAINT pk_later_outcomes PRIMARY KEY (transaction_id),
        CONSTRAINT ck_later_outcomes_outcome CHECK (outcome IN ('fraud', 'legit')),
        CONSTRAINT ck_later_outcomes_source CHECK (source IN ('machine', 'verdict', 'deadline'))
    )""",
    "CREATE INDEX ix_later_outcomes_in_order ON later_outcomes (client_id, epoch, xact, transaction_id)",
    f"""CREATE TABLE shadow_scores (
        id bigint GENERATED BY DEFAULT AS IDENTITY,
        transaction_id bigint NOT NULL,
        model_version text NOT NULL,
        {_SCORE_COLUMNS},
        device varchar(16) NOT NULL,
        CONSTRAINT pk_shadow_scores PRIMARY KEY (id)
    )""",
    """CREATE TABLE link_entities (
        id smallint NOT NULL,
        name text NOT NULL,
        CONSTRAINT pk_link_entities PRIMARY KEY (id),
        CONSTRAINT uq_link_entities_name UNIQUE (name)
    )""",
    """CREATE TABLE link_keys (
        is_only boolean NOT NULL DEFAULT true,
        inner_pad bytea NOT NULL,
        outer_pad bytea NOT NULL,
        CONSTRAINT pk_link_keys PRIMARY KEY (is_only),
        CONSTRAINT ck_link_keys_is_one CHECK (is_only)
    )""",
    """CREATE TABLE payment_links (
        entity smallint NOT NULL,
        fingerprint bigint NOT NULL,
        payment_id bigint NOT NULL,
        CONSTRAINT pk_payment_links PRIMARY KEY (entity, fingerprint, payment_id)
    ) PARTITION BY RANGE (payment_id)""",
    """CREATE TABLE payment_words (
        payment_id bigint NOT NULL,
        words tsvector NOT NULL,
        CONSTRAINT pk_payment_words PRIMARY KEY (payment_id)
    ) PARTITION BY RANGE (payment_id)""",
    "CREATE INDEX ix_payment_words_words ON payment_words USING gin (words)",
    # Up to which payment links and words are written; the next mark, and the transaction that must have ended
    # before all payments up to it are sure to be seen.
    """CREATE TABLE link_progress (
        is_only boolean NOT NULL DEFAULT true,
        indexed_to bigint NOT NULL,
        next_mark bigint NOT NULL,
        next_xact bigint NOT NULL,
        indexed_at timestamptz NOT NULL,
        CONSTRAINT pk_link_progress PRIMARY KEY (is_only),
        CONSTRAINT ck_link_progress_is_one CHECK (is_only)
    )""",
    "INSERT INTO link_progress VALUES (true, 0, 0, 0, now())",
)
PARTITIONED = ("payments", "payment_links", "payment_words")

VIEWS = {
    "transactions": """
CREATE VIEW transactions AS
SELECT id, client_id::bigint AS client_id, transaction_id, body_sha256, occurred_at, amount, currency,
    feature_object(feature_list, features) AS features, attributes, respond_by, received_at
FROM payments
""",
    # Arms without a condition, so that the planner looks into them for a single payment.
    "decisions": f"""
CREATE VIEW decisions AS
SELECT coalesce(decision_id, id) AS id, id AS transaction_id, 1::smallint AS attempt,
    margin IS NOT NULL AS is_scored, policy_id,
    (SELECT model_version FROM policies WHERE policies.id = payments.policy_id) AS model_version,
    label, reason, label_propensity, received_at AS decided_at, device, {_SCORE_NAMES}
FROM payments
UNION ALL
SELECT id, transaction_id, attempt, margin IS NOT NULL, policy_id,
    (SELECT model_version FROM policies WHERE policies.id = later_decisions.policy_id),
    label, reason, label_propensity, decided_at, device, {_SCORE_NAMES}
FROM later_decisions
""",
    "outcomes": """
CREATE VIEW outcomes AS
SELECT id AS transaction_id, client_id::bigint AS client_id, label AS outcome, 'machine'::varchar AS source,
    received_at AS settled_at, position_xact(position) AS xact,
    position_epoch(position) AS epoch
FROM payments WHERE position IS NOT NULL
UNION ALL
SELECT transaction_id, client_id, outcome, source, settled_at, xact, epoch FROM later_outcomes
""",
}
APPEND_ONLY = (
    *("payments", "payment_keys", "feature_lists", "later_decisions", "later_outcomes", "shadow_scores"),
    "link_keys",
)

# Old rows of one batch, in their new place.
MOVE_FEATURE_LISTS = """
INSERT INTO feature_lists (names)
SELECT DISTINCT ARRAY(SELECT jsonb_object_keys(t.features)) FROM transactions t
WHERE t.id > :after AND t.id <= :upto
ON CONFLICT (names) DO NOTHING
"""
MOVE_KEYS = """
INSERT INTO payment_keys (key, payment_id)
SELECT payment_identity(client_id, transaction_id), id FROM transactions
WHERE id > :after AND id <= :upto ORDER BY 1
"""
MOVE_PAYMENTS = f"""
INSERT INTO payments (
    id, position, occurred_at, received_at, label_propensity, {_SCORE_NAMES}, decision_id, respond_by,
    client_id, policy_id, feature_list, transaction_id, body_sha256, amount, currency, label, reason, device,
    features, attributes
)
SELECT t.id, outcome_position(o.epoch, o.xact), t.occurred_at, t.received_at, d.label_propensity,
    {", ".join(f"s.{name}" for name in SCORES)}, nullif(d.id, t.id), t.respond_by,
    t.client_id, d.policy_id, f.id, t.transaction_id, t.body_sha256, t.amount, t.currency, d.label, d.reason,
    s.device,
    ARRAY(SELECT each.value::double precision FROM jsonb_each_text(t.features) AS each(key, value)),
    t.attributes
FROM transactions t
JOIN decisions d ON d.transaction_id = t.id AND d.attempt = 1
LEFT JOIN scores s ON s.id = d.score_id
LEFT JOIN outcomes o ON o.transaction_id = t.id AND d.label <> 'unknown'
JOIN feature_lists f ON f.names = ARRAY(SELECT jsonb_object_keys(t.features))
WHERE t.id > :after AND t.id <= :upto ORDER BY t.id
"""

MOVE_LATER = (
    f"""INSERT INTO later_decisions (
        id, transaction_id, attempt, policy_id, label, reason, label_propensity, decided_at, device,
        {_SCORE_NAMES}
    )
    SELECT d.id, d.transaction_id, d.attempt, d.policy_id, d.label, d.reason, d.label_propensity,
        d.decided_at, s.device, {", ".join(f"s.{name}" for name in SCORES)}
    FROM decisions d LEFT JOIN scores s ON s.id = d.score_id WHERE d.attempt > 1""",
    """INSERT INTO later_outcomes
    SELECT o.transaction_id, o.client_id, o.outcome, o.source, o.settled_at, o.xact, o.epoch
    FROM outcomes o JOIN decisions d ON d.transaction_id = o.transaction_id AND d.attempt = 1
    WHERE d.label = 'unknown'""",
    f"""INSERT INTO shadow_scores (id, transaction_id, model_version, {_SCORE_NAMES}, device)
    SELECT id, transaction_id, model_version, {_SCORE_NAMES}, device FROM scores s
    WHERE EXISTS (SELECT 1 FROM shadow_decisions x WHERE x.score_id = s.id)
        AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.score_id = s.id)""",
    (
        "SELECT setval(pg_get_serial_sequence('shadow_scores', 'id'), max(id)) FROM shadow_scores"
        " HAVING max(id) > 0"
    ),
    "ALTER TABLE shadow_decisions DISABLE TRIGGER append_only",
    """UPDATE shadow_decisions SET score_id = NULL
    WHERE score_id IS NOT NULL AND score_id NOT IN (SELECT id FROM shadow_scores)""",
    "ALTER TABLE shadow_decisions ENABLE TRIGGER append_only",
)
#: Who referred to the old tables, in which columns, and to which.
REFERENCES = (
    ("labels", "transaction_id", "transactions"),
    ("cases", "transaction_id", "transactions"),
    ("cases", "decision_id", "decisions"),
    ("verdicts", "decision_id", "decisions"),
    ("shadow_decisions", "transaction_id", "transactions"),
    ("shadow_decisions", "score_id", "scores"),
    ("pending_verdicts", "decision_id", "decisions"),
    ("claims", "decision_id", "decisions"),
    ("group_proposal_cases", "decision_id", "decisions"),
)
#: In the order in which they can be dropped.
OLD_TABLES = ("outcomes", "decisions", "scores", "transactions")
#: What is claimed and settled all day: room on each page for the next version of a row, and swept early.
BUSY = ("cases", "pending_verdicts", "claim_ends")
SWEPT_EARLY = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05"


def move_ahead(connection: Connection) -> str | None:
    """Move one batch of old payments; return how far it came, None when all that are there are moved.

    Each batch is a transaction of its caller's: a migration that ends early goes on from the last one.
    """
    _make(connection)
    upto = _next_batch(connection)
    if upto is None:
        return None
    _move(connection, upto)
    last = connection.scalar(sa.text("SELECT max(id) FROM transactions"))
    return f"moved payments up to number {upto:,} of {last:,}"


def upgrade() -> None:
    """Move the rest, and let the views take the old tables' names."""
    connection = op.get_bind()
    _make(connection)
    op.execute("LOCK TABLE transactions IN EXCLUSIVE MODE")
    while upto := _next_batch(connection):
        _move(connection, upto)
    for statement in MOVE_LATER:
        op.execute(statement)
    # Rows that were here before, and went down since, have keys of their month: no number comes twice.
    op.execute(
        "SELECT setval('payment_numbers', max(id & ((1::bigint << 36) - 1)))"
        " FROM (SELECT id FROM payments UNION ALL SELECT id FROM later_decisions) given"
        f" WHERE id >= {1 << 36} HAVING max(id) > 0"
    )
    for table, column, parent in REFERENCES:
        op.drop_constraint(op.f(f"fk_{table}_{column}_{parent}"), table)
    for table in OLD_TABLES:
        op.drop_table(table)
    for view in VIEWS.values():
        op.execute(view)
    for table in (*APPEND_ONLY, "payments_legacy", "payments_default"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER told AFTER INSERT ON later_outcomes FOR EACH ROW"
        " WHEN (NEW.source <> 'machine') EXECUTE FUNCTION tell_outcome()"
    )
    op.execute("ALTER TABLE cases SET (fillfactor = 75)")
    for table in BUSY:
        op.execute(f"ALTER TABLE {table} SET ({SWEPT_EARLY})")


def _make(connection: Connection) -> None:
    """Make the new tables, unless a migration that ended early has."""
    if connection.scalar(sa.text("SELECT to_regclass('payments')")) is not None:
        return
    for name, function in FUNCTIONS.items():
        if name not in AFTER_TABLES:
            connection.exec_driver_sql(function)
    for statement in TABLES:
        connection.exec_driver_sql(statement)
    for name in AFTER_TABLES:
        connection.exec_driver_sql(FUNCTIONS[name])
    for table in PARTITIONED:
        connection.execute(
            sa.text(
                f"CREATE TABLE {table}_legacy PARTITION OF {table} FOR VALUES FROM (MINVALUE) TO ({1 << 36})"
            )
        )
        connection.execute(sa.text(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT"))
    connection.execute(sa.text("SELECT make_payment_partitions(current_date, 3)"))
    names = [{"id": place, "name": name} for place, name in enumerate(LINKS, start=1)]
    connection.execute(sa.text("INSERT INTO link_entities (id, name) VALUES (:id, :name)"), names)
    secret = secrets.token_bytes(64)
    pads = {"inner": bytes(each ^ 0x36 for each in secret), "outer": bytes(each ^ 0x5C for each in secret)}
    connection.execute(sa.text("INSERT INTO link_keys (inner_pad, outer_pad) VALUES (:inner, :outer)"), pads)


NEXT_BATCH = sa.text("""
SELECT max(id) FROM (
    SELECT id FROM transactions WHERE id > (SELECT indexed_to FROM link_progress) ORDER BY id LIMIT :most
) next
""")


def _next_batch(connection: Connection) -> int | None:
    """Return the key of the last payment of the next batch; None when all are moved."""
    found: int | None = connection.scalar(NEXT_BATCH, {"most": BATCH_ROWS})
    return found


def _move(connection: Connection, upto: int) -> None:
    bounds = {"after": connection.scalar(sa.text("SELECT indexed_to FROM link_progress")), "upto": upto}
    for statement in (MOVE_FEATURE_LISTS, MOVE_KEYS, MOVE_PAYMENTS):
        connection.execute(sa.text(statement), bounds)
    connection.execute(sa.text("SELECT index_payments(:after, :upto)"), bounds)
    connection.execute(sa.text("UPDATE link_progress SET indexed_to = :upto"), {"upto": upto})


OLD_SCHEMA = (
    """CREATE TABLE transactions (
        id bigint GENERATED BY DEFAULT AS IDENTITY,
        client_id bigint NOT NULL,
        transaction_id varchar(128) NOT NULL,
        body_sha256 bytea NOT NULL,
        occurred_at timestamptz NOT NULL,
        amount numeric(16, 4) NOT NULL,
        currency varchar(3) NOT NULL,
        features jsonb NOT NULL,
        attributes jsonb NOT NULL,
        respond_by timestamptz,
        received_at timestamptz NOT NULL,
        CONSTRAINT pk_transactions PRIMARY KEY (id),
        CONSTRAINT uq_transactions_client_id_transaction_id UNIQUE (client_id, transaction_id),
        CONSTRAINT ck_transactions_amount_not_negative CHECK (amount >= 0),
        CONSTRAINT fk_transactions_client_id_clients FOREIGN KEY (client_id) REFERENCES clients (id)
    )""",
    f"""CREATE TABLE scores (
        id bigint GENERATED BY DEFAULT AS IDENTITY,
        transaction_id bigint NOT NULL,
        model_version text NOT NULL,
        {_SCORE_COLUMNS.replace("precision", "precision NOT NULL").replace(_OPTIONAL_NOT_NULL, _OPTIONAL)},
        device varchar(16) NOT NULL,
        CONSTRAINT pk_scores PRIMARY KEY (id),
        CONSTRAINT fk_scores_transaction_id_transactions
            FOREIGN KEY (transaction_id) REFERENCES transactions (id)
    )""",
    f"""CREATE TABLE decisions (
        id bigint GENERATED BY DEFAULT AS IDENTITY,
        transaction_id bigint NOT NULL,
        attempt smallint NOT NULL,
        score_id bigint,
        policy_id integer NOT NULL,
        model_version text NOT NULL,
        label varchar(32) NOT NULL,
        reason varchar(32) NOT NULL,
        label_propensity double precision NOT NULL,
        decided_at timestamptz NOT NULL,
        CONSTRAINT pk_decisions PRIMARY KEY (id),
        CONSTRAINT uq_decisions_transaction_id_attempt UNIQUE (transaction_id, attempt),
        CONSTRAINT ck_decisions_label CHECK ({_among("label", LABELS)}),
        CONSTRAINT ck_decisions_reason CHECK ({_among("reason", REASONS)}),
        CONSTRAINT ck_decisions_no_score_is_unknown CHECK (label = 'unknown' OR score_id IS NOT NULL),
        CONSTRAINT ck_decisions_propensity_is_probability CHECK (label_propensity BETWEEN 0 AND 1),
        CONSTRAINT fk_decisions_policy_id_model_version_policies
            FOREIGN KEY (policy_id, model_version) REFERENCES policies (id, model_version),
        CONSTRAINT fk_decisions_score_id_scores FOREIGN KEY (score_id) REFERENCES scores (id),
        CONSTRAINT fk_decisions_transaction_id_transactions
            FOREIGN KEY (transaction_id) REFERENCES transactions (id)
    )""",
    "CREATE INDEX ix_decisions_decided_at ON decisions (decided_at)",
    """CREATE TABLE outcomes (
        transaction_id bigint NOT NULL,
        client_id bigint NOT NULL,
        outcome varchar(32) NOT NULL,
        source varchar(32) NOT NULL,
        settled_at timestamptz NOT NULL,
        xact bigint NOT NULL DEFAULT (pg_current_xact_id()::text)::bigint,
        epoch integer NOT NULL DEFAULT outcome_epoch(),
        CONSTRAINT pk_outcomes PRIMARY KEY (transaction_id),
        CONSTRAINT ck_outcomes_outcome CHECK (outcome IN ('fraud', 'legit')),
        CONSTRAINT ck_outcomes_source CHECK (source IN ('machine', 'verdict', 'deadline')),
        CONSTRAINT fk_outcomes_transaction_id_transactions
            FOREIGN KEY (transaction_id) REFERENCES transactions (id)
    )""",
    "CREATE INDEX ix_outcomes_in_order ON outcomes (client_id, epoch, xact, transaction_id)",
)
# The rows again; a score of the payment's own gets the number of its decision.
MOVE_BACK = (
    """INSERT INTO transactions
    SELECT id, client_id, transaction_id, body_sha256, occurred_at, amount, currency,
        feature_object(feature_list, features), attributes, respond_by, received_at
    FROM payments ORDER BY id""",
    f"""INSERT INTO scores (id, transaction_id, model_version, {_SCORE_NAMES}, device)
    SELECT id, transaction_id, model_version, {_SCORE_NAMES}, device FROM shadow_scores""",
    f"""INSERT INTO scores (id, transaction_id, model_version, {_SCORE_NAMES}, device)
    SELECT (SELECT coalesce(max(id), 0) FROM shadow_scores) + id, transaction_id, model_version,
        {_SCORE_NAMES}, device
    FROM new_decisions WHERE is_scored ORDER BY id""",
    """INSERT INTO decisions
    SELECT id, transaction_id, attempt,
        CASE WHEN is_scored THEN (SELECT coalesce(max(id), 0) FROM shadow_scores) + id END,
        policy_id, model_version, label, reason, label_propensity, decided_at
    FROM new_decisions ORDER BY id""",
    (
        "INSERT INTO outcomes SELECT transaction_id, client_id, outcome, source, settled_at, xact, epoch"
        " FROM new_outcomes"
    ),
    *(
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING max(id) > 0"
        for table in ("transactions", "scores", "decisions")
    ),
    "ALTER TABLE shadow_decisions DISABLE TRIGGER append_only",
    """UPDATE shadow_decisions s SET score_id = d.score_id FROM decisions d
    WHERE s.score_id IS NULL AND d.transaction_id = s.transaction_id AND d.attempt = 1
        AND d.model_version = s.model_version""",
    "ALTER TABLE shadow_decisions ENABLE TRIGGER append_only",
)
NEW_TABLES = (
    *("link_progress", "payment_words", "payment_links", "link_keys", "link_entities", "shadow_scores"),
    *("later_outcomes", "later_decisions", "payment_keys", "payments", "feature_lists"),
)


def downgrade() -> None:
    """Go down; every row lies in four tables again."""
    op.execute("ALTER TABLE cases RESET (fillfactor)")
    for table in BUSY:
        op.execute(
            f"ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)"
        )
    op.execute("DROP VIEW transactions")
    op.execute("ALTER VIEW decisions RENAME TO new_decisions")
    op.execute("ALTER VIEW outcomes RENAME TO new_outcomes")
    connection = op.get_bind()
    for statement in (*OLD_SCHEMA, *MOVE_BACK):
        connection.exec_driver_sql(statement)
    for link in LINKS:
        written = f"(attributes ->> '{link}')"
        op.execute(
            f"CREATE INDEX ix_transactions_{link} ON transactions ({written}, id) WHERE attributes ? '{link}'"
        )
        op.execute(
            f"CREATE INDEX ix_transactions_same_{link} ON transactions (comparable_text({written}), id)"
            f" WHERE {written} ~ '[^ -~]' AND comparable_text({written}) <> {written}"
        )
    op.execute(
        "CREATE INDEX ix_transactions_same_id ON transactions (comparable_text(transaction_id))"
        " WHERE transaction_id ~ '[^ -~]' AND comparable_text(transaction_id) <> transaction_id"
    )
    op.execute(
        "CREATE INDEX ix_transactions_words ON transactions"
        " USING gin (jsonb_to_tsvector('simple', attributes, '[\"string\"]'))"
    )
    for table, column, parent in REFERENCES:
        op.create_foreign_key(op.f(f"fk_{table}_{column}_{parent}"), table, parent, [column], ["id"])
    for table in OLD_TABLES:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER told AFTER INSERT ON outcomes FOR EACH ROW"
        " WHEN (NEW.source <> 'machine') EXECUTE FUNCTION tell_outcome()"
    )
    op.execute("DROP VIEW new_decisions, new_outcomes")
    for table in NEW_TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP SEQUENCE payment_numbers")
    for name in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {name}")
