"""A batch of transactions with their scores, decisions, cases and outcomes: written in one statement."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.shadow_rows import INSERT_SHADOWS, shadow_parameters
from app.database.payments.transactions import SCORE_COLUMNS, Context, Decided, Stored
from app.database.server.faults import refuses_value
from app.database.server.session import RowRefused

_SCORES = ", ".join(SCORE_COLUMNS)
_INPUT_COLUMNS = (
    ("client_id", "bigint"),
    ("transaction_id", "text"),
    ("body_sha256", "bytea"),
    ("occurred_at", "timestamptz"),
    ("amount", "numeric"),
    ("currency", "text"),
    ("features", "text"),
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

# One statement, hence one database transaction and one round trip for the whole batch. It writes
# nothing when the policy it was decided by is no longer the active one (`active` is then empty),
# and skips a transaction that exists already.
_INSERTS = f"""
active AS MATERIALIZED (
    SELECT policy_id FROM active_policy
    WHERE policy_id = CAST(:policy_id AS bigint) AND model_version = CAST(:model_version AS text)
),
input AS MATERIALIZED (
    SELECT * FROM unnest({", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _INPUT_COLUMNS)})
    WITH ORDINALITY AS row({", ".join(name for name, _ in _INPUT_COLUMNS)}, n)
),
arrived AS (
    INSERT INTO transactions (
        client_id, transaction_id, body_sha256, occurred_at, amount, currency, features, attributes,
        respond_by, received_at
    )
    SELECT client_id, transaction_id, body_sha256, occurred_at, amount, currency, features::jsonb,
        attributes::jsonb, respond_by, CAST(:now AS timestamptz)
    -- Two batches with ids in common must meet them in the same order, or they lock each other out.
    FROM input, active ORDER BY client_id, transaction_id COLLATE "C"
    ON CONFLICT (client_id, transaction_id) DO NOTHING
    RETURNING id, client_id, transaction_id
),
placed AS MATERIALIZED (
    SELECT arrived.id AS key, input.* FROM arrived JOIN input USING (client_id, transaction_id)
),
scored AS (
    INSERT INTO scores (transaction_id, model_version, device, {_SCORES})
    SELECT key, CAST(:model_version AS text), CAST(:device AS text), {_SCORES}
    FROM placed WHERE evidence_fraud IS NOT NULL
    RETURNING id, transaction_id
),
decided AS (
    INSERT INTO decisions (
        transaction_id, attempt, score_id, policy_id, model_version, label, reason, label_propensity,
        decided_at
    )
    SELECT key, 1, scored.id, CAST(:policy_id AS bigint), CAST(:model_version AS text), label, reason,
        label_propensity, CAST(:now AS timestamptz)
    FROM placed LEFT JOIN scored ON scored.transaction_id = key
    RETURNING id, transaction_id
),
opened AS (
    INSERT INTO cases (
        transaction_id, decision_id, awaits_model, kind, expected_loss, queue_loss, queue_rate, priority_key,
        respond_by, fallback, opened_at
    )
    SELECT key, decided.id, awaits_model, kind, expected_loss, queue_loss, queue_rate, priority_key,
        respond_by, CAST(:fallback AS text), CAST(:now AS timestamptz)
    FROM placed JOIN decided ON decided.transaction_id = key
    WHERE kind IS NOT NULL
    RETURNING id, transaction_id
),
drawn AS (
    INSERT INTO blind_draws (case_id, is_blind, probability, drawn_at)
    SELECT opened.id, is_blind, blind_probability, CAST(:now AS timestamptz)
    FROM opened JOIN placed ON key = opened.transaction_id
    WHERE is_blind IS NOT NULL
),
settled AS (
    INSERT INTO outcomes (transaction_id, client_id, outcome, source, settled_at, epoch)
    SELECT key, client_id, label, 'machine', CAST(:now AS timestamptz), (SELECT outcome_epoch())
    FROM placed WHERE label <> 'unknown'
)
"""
_KEYS = """
SELECT input.n, decided.id AS decision_id, opened.id AS case_id, (SELECT policy_id FROM active) AS policy_id
FROM input
LEFT JOIN placed ON placed.n = input.n
LEFT JOIN decided ON decided.transaction_id = placed.key
LEFT JOIN opened ON opened.transaction_id = placed.key
ORDER BY input.n
"""
STORE_BATCH = text(f"WITH {_INSERTS} {_KEYS}")
STORE_BATCH_WITH_SHADOWS = text(f"WITH {_INSERTS}, {INSERT_SHADOWS} {_KEYS}")


class PolicyMovedOn(Exception):
    """Another policy became active while this batch was decided."""


async def store_batch(connection: AsyncConnection, rows: Sequence[Decided], context: Context) -> list[Stored]:
    """Write a batch whole, in one statement; identities in it must be distinct.

    Raises `PolicyMovedOn` (nothing is written) when `context` is no longer the active pair, and
    `RowRefused` (nothing is written) when the database refuses a value.
    """
    parameters: dict[str, Any] = {
        "policy_id": context.policy_id,
        "model_version": context.model_version,
        "fallback": context.fallback.value,
        "device": context.device,
        "now": context.now,
    }
    columns = zip(*(_input(row) for row in rows), strict=True)
    parameters.update(zip((name for name, _ in _INPUT_COLUMNS), map(list, columns), strict=True))
    statement = STORE_BATCH
    if any(row.shadows for row in rows):
        statement = STORE_BATCH_WITH_SHADOWS
        parameters.update(shadow_parameters(rows))
    try:
        result = await connection.execute(statement, parameters)
    except DBAPIError as error:
        if refuses_value(error, in_row=True):
            raise RowRefused from error
        raise
    stored = result.all()
    if stored[0].policy_id is None:
        raise PolicyMovedOn
    return [Stored(decision_id=row.decision_id, case_id=row.case_id) for row in stored]


def _input(row: Decided) -> tuple[Any, ...]:
    transaction = row.transaction
    score = row.score or {}
    return (
        transaction.client_id,
        transaction.transaction_id,
        transaction.body_sha256,
        transaction.occurred_at,
        transaction.amount,
        transaction.currency,
        orjson.dumps(transaction.features).decode(),
        orjson.dumps(transaction.attributes).decode(),
        transaction.respond_by,
        *(score.get(name) for name in SCORE_COLUMNS),
        row.label.value,
        row.reason.value,
        row.label_propensity,
        row.case.value if row.case is not None else None,
        row.expected_loss,
        row.queue_loss,
        row.queue_rate,
        row.priority_key,
        row.blind.is_blind if row.blind is not None else None,
        row.blind.probability if row.blind is not None else None,
        row.awaits_model,
    )
