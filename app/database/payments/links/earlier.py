"""The newest payments of a payment's card, device, merchant and address that were received before it."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.same_text import comparable_sql
from app.database.payments.upkeep.indexing import TAIL_ROWS
from app.database.tables.links import LINKS
from app.review.story.past import COUNTRIES, EarlierPayment

#: So many of each are looked at; more are told as "more than".
LOOKED_AT = 100

_NAMES = ", ".join(f"'{name}'" for name in (*LINKS, *COUNTRIES))
_SAME = comparable_sql("(own.attributes ->> e.name)")
_TAIL_SAME = comparable_sql("(tail.attributes ->> wanted.name)")
# Links are written in the order of keys, so that the newest before a payment are the last of an index range.
EARLIER = text(f"""
WITH own AS MATERIALIZED (
    SELECT id, occurred_at, attributes FROM payments WHERE id = CAST(:key AS bigint)
),
wanted AS MATERIALIZED (
    SELECT e.id AS entity, e.name, {_SAME} AS same, link_fingerprint(e.id, {_SAME}) AS fingerprint
    FROM own JOIN link_entities e ON own.attributes ? e.name
    WHERE e.name = ANY(CAST(:entities AS text[]))
),
tail AS MATERIALIZED (
    SELECT id, attributes FROM payments
    WHERE id > (SELECT indexed_to FROM link_progress) AND id < (SELECT id FROM own)
    ORDER BY id DESC LIMIT {TAIL_ROWS}
),
found AS (
    SELECT wanted.name, same.id FROM wanted, LATERAL (
        SELECT id FROM (
            (SELECT payment_id AS id FROM payment_links l
            WHERE l.entity = wanted.entity AND l.fingerprint = wanted.fingerprint
                AND l.payment_id < CAST(:key AS bigint)
            ORDER BY payment_id DESC LIMIT {LOOKED_AT})
            UNION ALL
            (SELECT tail.id FROM tail
            WHERE tail.attributes ? wanted.name AND {_TAIL_SAME} = wanted.same)
        ) either ORDER BY id DESC LIMIT {LOOKED_AT}
    ) same
)
SELECT found.name, p.id, p.occurred_at, p.amount, p.currency, (
    SELECT coalesce(jsonb_object_agg(key, value), '{{}}') FROM jsonb_each_text(p.attributes)
    WHERE key IN ({_NAMES})
) AS attributes
FROM found JOIN payments p ON p.id = found.id
ORDER BY found.name, p.id DESC
""")


async def earlier_payments(
    connection: AsyncConnection, key: int, entities: Sequence[str]
) -> dict[str, list[EarlierPayment]]:
    """Return the newest payments received before this one, by which of its `entities` they share with it.

    At most `LOOKED_AT` of each; one that was sent late may have occurred before some of them.
    """
    rows = await connection.execute(EARLIER, {"key": key, "entities": list(entities)})
    found: dict[str, list[EarlierPayment]] = {name: [] for name in entities}
    for row in rows.mappings():
        found[row["name"]].append(
            EarlierPayment(
                key=row["id"],
                occurred_at=row["occurred_at"],
                amount=float(row["amount"]),
                currency=row["currency"],
                attributes=row["attributes"],
            )
        )
    return found
