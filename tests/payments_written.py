"""Decided payments written straight into their tables, without a case, as intake would have left them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.transactions import SCORE_COLUMNS
from app.database.payments.upkeep.indexing import INDEX, KEEP
from tests.builders import NOON

_SCORES = ", ".join(SCORE_COLUMNS)
_SCORED = ", ".join(["CASE WHEN CAST(:is_scored AS boolean) THEN 0.5 END"] * len(SCORE_COLUMNS))
KEEP_LIST = text("INSERT INTO feature_lists (names) VALUES ('{}') ON CONFLICT (names) DO NOTHING")
WRITE = text(f"""
WITH own AS MATERIALIZED (
    SELECT outcome_position(outcome_epoch(), (pg_current_xact_id()::text)::bigint) AS position
),
numbered AS MATERIALIZED (
    SELECT payment_base(CAST(:at AS timestamptz)) + nextval('payment_numbers') AS id, told.name, told.amount,
        coalesce(CAST(:client_id AS integer), (SELECT min(id) FROM clients)) AS client_id
    FROM unnest(CAST(:names AS text[]), CAST(:amounts AS numeric[])) WITH ORDINALITY AS told(name, amount, n)
    ORDER BY n
),
keyed AS (
    INSERT INTO payment_keys (key, payment_id)
    SELECT payment_identity(client_id, name), id FROM numbered ORDER BY 1
)
INSERT INTO payments (
    id, position, occurred_at, received_at, label_propensity, {_SCORES}, client_id, policy_id, feature_list,
    transaction_id, body_sha256, amount, currency, label, reason, device, features, attributes
)
SELECT numbered.id, CASE WHEN CAST(:label AS text) <> 'unknown' THEN own.position END,
    CAST(:at AS timestamptz), CAST(:at AS timestamptz), 1, {_SCORED}, client_id,
    coalesce(CAST(:policy_id AS integer), (SELECT policy_id FROM active_policy)),
    (SELECT id FROM feature_lists WHERE names = '{{}}'), name, sha256(''), amount, 'EUR',
    CAST(:label AS text), CAST(:reason AS text), CASE WHEN CAST(:is_scored AS boolean) THEN 'cpu' END, '{{}}',
    CAST(:attributes AS jsonb)
FROM numbered, own ORDER BY numbered.id
RETURNING id
""")


async def written(
    connection: AsyncConnection,
    amounts: Mapping[str, Decimal],
    *,
    at: datetime = NOON,
    label: str = "unknown",
    reason: str = "novel",
    is_scored: bool = False,
    client_id: int | None = None,
    policy_id: int | None = None,
    **attributes: str,
) -> list[int]:
    """Write payments of these ids and amounts, and return their keys in that order.

    They are the oldest client's and the active policy's unless told otherwise; a score is 0.5 throughout.
    """
    await connection.execute(KEEP_LIST)
    parameters = {
        "names": list(amounts), "amounts": list(amounts.values()), "at": at, "label": label, "reason": reason,
        "is_scored": is_scored, "client_id": client_id, "policy_id": policy_id,
        "attributes": orjson.dumps(attributes).decode(),
    }  # fmt: skip
    return list((await connection.execute(WRITE, parameters)).scalars())


async def indexed(connection: AsyncConnection) -> None:
    """Write links and words of all payments at once, those of this very transaction too."""
    newest = {"upto": await connection.scalar(text("SELECT max(id) FROM payments"))}
    await connection.execute(INDEX, {"after": 0, **newest})
    await connection.execute(KEEP, newest)
