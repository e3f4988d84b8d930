"""The statement that writes a batch of payments, by what of it there is to write."""

from itertools import product

from app.database.payments.history import states
from app.database.payments.intake.driver_statement import DriverStatement
from app.database.payments.intake.shadow_rows import INSERT_SHADOWS
from app.database.payments.transactions import SCORE_COLUMNS

_SCORES = ", ".join(SCORE_COLUMNS)
_INPUT_COLUMNS = (
    ("feature_list", "smallint"),
    ("features_from", "integer"),
    ("features_to", "integer"),
    ("key", "uuid"),
    ("client_id", "integer"),
    ("transaction_id", "text"),
    ("body_sha256", "bytea"),
    ("occurred_at", "timestamptz"),
    ("amount", "numeric"),
    ("currency", "text"),
    ("attributes", "text"),
    ("respond_by", "timestamptz"),
    *((name, "float8") for name in SCORE_COLUMNS),
    ("label", "text"),
    ("reason", "text"),
    ("label_propensity", "float8"),
    ("kind", "text"),
    ("expected_loss", "float8"),
    ("queue_loss", "float8"),
    ("queue_rate", "float8"),
    ("priority_key", "float8"),
    ("is_blind", "boolean"),
    ("blind_probability", "float8"),
    ("awaits_model", "boolean"),
)
#: What the lists said; only in statements for batches of which they said something.
_LIST_COLUMNS = (("listed", "text"), ("list_entry_id", "bigint"), ("unlisted_reason", "text"))
#: Where what a payment read of history lies among all; only in statements for models that read some.
_HISTORY_COLUMNS = (("derived_list", "smallint"), ("derived_from", "integer"), ("derived_to", "integer"))
# All other arrays are sent as their text: the driver asks of each element whether it is an array, which for
# some seventy values a payment takes ten times as long as writing all of them.
SENT_AS_ARRAYS = frozenset({"transaction_id", "body_sha256", "attributes", "feature_texts"})
#: Those that `_input` gives.
ROW_COLUMNS = tuple(name for name, _ in _INPUT_COLUMNS[3:])


def _array(name: str, kind: str) -> str:
    """Return the SQL of a parameter that is an array."""
    sent = f":{name}" if name in SENT_AS_ARRAYS else f"CAST(:{name} AS text)"
    return f"CAST({sent} AS {kind}[])"


# What a statement sees was committed before it began: who was told that an entry is in force sends no payment
# past it, whatever the sender's process knows of the lists. Any change counts, or, where the values of the
# batch are told, a change of one of these.
_LISTS_AS_HELD = """(
    (SELECT version FROM list_version) = CAST(:lists_version AS bigint)
    OR (CAST(:list_fingerprints AS text) IS NOT NULL AND NOT EXISTS (
        SELECT FROM unnest(
            CAST(CAST(:list_entities AS text) AS smallint[]),
            CAST(CAST(:list_fingerprints AS text) AS bigint[])
        ) AS own(entity, fingerprint)
        JOIN list_entries e ON e.entity = own.entity AND e.fingerprint = own.fingerprint
        WHERE e.changed_in > CAST(:lists_version AS bigint)
    ))
)"""


# One statement, hence one database transaction and one round trip for the whole batch. It writes
# nothing when the policy it was decided by is no longer the active one, or the lists say something else of
# it by now (`active` is then empty), and skips a payment that exists already. A payment is numbered only when
# `own` has given the transaction its id: who waits for all transactions up to some id then misses no number
# (app.database.payments.upkeep.indexing).
def _inserts(*, with_history: bool, with_lists: bool) -> str:
    columns = (
        *_INPUT_COLUMNS,
        *(_HISTORY_COLUMNS if with_history else ()),
        *(_LIST_COLUMNS if with_lists else ()),
    )
    lists = ", ".join(["", *(name for name, _ in _LIST_COLUMNS)]) if with_lists else ""
    names = ", ".join(name for name, _ in columns)
    derived = f", {_array('derived', 'float8')} AS derived" if with_history else ""
    read = ", derived_list, derived" if with_history else ""
    kept = ", derived_list, derived[derived_from:derived_to]" if with_history else ""
    return f"""
active AS MATERIALIZED (
    SELECT policy_id FROM active_policy
    WHERE policy_id = CAST(:policy_id AS bigint) AND model_version = CAST(:model_version AS text)
        AND {_LISTS_AS_HELD}
),
own AS MATERIALIZED (
    SELECT outcome_position(outcome_epoch(), (pg_current_xact_id()::text)::bigint) AS position
),
input AS MATERIALIZED (
    SELECT * FROM unnest({", ".join(_array(name, kind) for name, kind in columns)})
    WITH ORDINALITY AS row({names}, n)
),
-- Materialized: read from its text once, and not again for each row.
given AS MATERIALIZED (
    SELECT {_array("features", "float8")} AS numbers, {_array("feature_texts", "text")} AS texts{derived}
),
arrived AS (
    INSERT INTO payment_keys (key, payment_id)
    SELECT key, payment_base(CAST(:now AS timestamptz)) + nextval('payment_numbers')
    -- Two batches with ids in common must meet them in the same order, or they lock each other out.
    FROM input, active, own ORDER BY key
    ON CONFLICT (key) DO NOTHING
    RETURNING key, payment_id
),
placed AS MATERIALIZED (
    SELECT arrived.payment_id, input.* FROM arrived JOIN input USING (key)
),
stored AS (
    INSERT INTO payments (
        id, position, occurred_at, received_at, label_propensity, {_SCORES}, respond_by, client_id,
        policy_id, feature_list, transaction_id, body_sha256, amount, currency, label, reason, device,
        features, feature_texts, attributes{read}{lists}
    )
    SELECT payment_id, CASE WHEN label <> 'unknown' THEN own.position END, occurred_at,
        CAST(:now AS timestamptz), label_propensity, {_SCORES}, respond_by, client_id,
        CAST(:policy_id AS integer), feature_list, transaction_id, body_sha256, amount, currency, label,
        reason, CASE WHEN margin IS NOT NULL THEN CAST(:device AS text) END,
        numbers[features_from:features_to], texts[features_from:features_to], attributes::jsonb{kept}{lists}
    FROM placed, own, given ORDER BY payment_id
),
opened AS (
    INSERT INTO cases (
        transaction_id, decision_id, awaits_model, kind, amount, expected_loss, queue_loss, queue_rate,
        priority_key, respond_by, fallback, opened_at
    )
    SELECT payment_id, payment_id, awaits_model, kind, amount, expected_loss, queue_loss, queue_rate,
        priority_key, respond_by, CAST(:fallback AS text), CAST(:now AS timestamptz)
    FROM placed WHERE kind IS NOT NULL
    RETURNING id, transaction_id
),
drawn AS (
    INSERT INTO blind_draws (case_id, is_blind, probability, drawn_at)
    SELECT opened.id, is_blind, blind_probability, CAST(:now AS timestamptz)
    FROM opened JOIN placed ON payment_id = opened.transaction_id
    WHERE is_blind IS NOT NULL
)
"""


_KEYS = """
SELECT input.n, placed.payment_id AS decision_id, opened.id AS case_id,
    (SELECT policy_id FROM active) AS policy_id
FROM input
LEFT JOIN placed ON placed.n = input.n
LEFT JOIN opened ON opened.transaction_id = placed.payment_id
ORDER BY input.n
"""


_MOVE_STATES = states.MOVE.format(
    keys="CAST(:state_keys AS uuid[])",
    updates="CAST(:state_updates AS bigint[])",
    latest="CAST(:state_latest AS float8[])",
    contents="CAST(:state_contents AS bytea[])",
)
STATE_PARAMETERS = ("state_keys", "state_updates", "state_latest", "state_contents")


def _statement(
    *, with_history: bool, with_lists: bool, with_shadows: bool, with_states: bool
) -> DriverStatement:
    shadows = f", {INSERT_SHADOWS}" if with_shadows else ""
    moved = f", moved AS ({_MOVE_STATES})" if with_states else ""
    inserts = _inserts(with_history=with_history, with_lists=with_lists)
    return DriverStatement.of(f"WITH {inserts}{shadows}{moved} {_KEYS}")


_CHOICES = (False, True)
#: By whether a payment's history is kept with it, lists say something, shadows looked on, and states move.
STATEMENTS = {
    (with_history, with_lists, with_shadows, with_states): _statement(
        with_history=with_history, with_lists=with_lists, with_shadows=with_shadows, with_states=with_states
    )
    for with_history, with_lists, with_shadows, with_states in product(_CHOICES, repeat=4)
}
