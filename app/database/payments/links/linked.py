"""Payments that share a card, a device, a merchant or an address with another one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.same_text import comparable_sql
from app.database.payments.truth import DECIDED, IS_LIVE, TRUTH
from app.database.payments.upkeep.indexing import TAIL_ROWS
from app.database.tables.links import LINKS
from app.review.outcome import GroundTruth
from app.triage.labels import Label

#: So many of one attribute are counted; more are told as `50+`.
COUNTED = 50
#: So many payments are shown of all attributes together.
SHOWN = 8
#: So many known frauds of others at the same merchant stand before what the card or device did.
STRANGERS_FRAUDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPayment:
    """One payment that shares something with the case's, and what was known of it."""

    transaction_key: int
    transaction_id: str
    amount: Decimal
    currency: str
    occurred_at: datetime
    #: Names of the attributes both have in common.
    links: tuple[str, ...]
    #: A person is still to judge it: then neither decision nor truth is told.
    is_live: bool
    decision: Label | None
    truth: GroundTruth | None
    truth_source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The payments to show, what matters most first, and how many there are of each attribute the case has.

    Known frauds come first, then what has more than the merchant in common, of each the newest first.
    """

    payments: tuple[LinkedPayment, ...]
    #: Keys of all among those counted that are known to be frauds and may be told, in the same order.
    frauds: tuple[int, ...] = ()
    #: By attribute; `COUNTED` + 1 stands for more than that.
    counts: Mapping[str, int]


def _one(name: str) -> str:
    """Return the query for payments that share one attribute, the newest first."""
    most, written = COUNTED + 1, f"(tail.attributes ->> '{name}')"
    return f"""
    SELECT '{name}' AS name, same.id
    FROM own, LATERAL (
        SELECT id FROM (
            (SELECT l.payment_id AS id FROM payment_links l
            JOIN payments p ON p.id = l.payment_id AND p.received_at <= CAST(:as_of AS timestamptz)
            WHERE l.entity = {1 + LINKS.index(name)} AND l.fingerprint = own.{name}
                AND l.payment_id <= (SELECT latest_id FROM horizon) AND l.payment_id <> own.id
            ORDER BY l.payment_id DESC LIMIT {most})
            UNION ALL
            (SELECT tail.id FROM tail
            WHERE tail.id <> own.id AND {written} IS NOT NULL
                AND {comparable_sql(written)} = own.same ->> '{name}')
        ) either ORDER BY id DESC LIMIT {most}
    ) same
    WHERE own.same ? '{name}'"""


# Keys rise with time but for what was written at the same moment; with them a look back into the past need
# not pass over all that came since. The truth of a live payment is not told, by its place either.
LINKED = text(f"""
WITH own AS MATERIALIZED (
    SELECT id, same, {
    ", ".join(
        f"link_fingerprint({place}::smallint, same ->> '{name}') AS {name}"
        for place, name in enumerate(LINKS, start=1)
    )
}
    FROM (
        SELECT id, coalesce((
            SELECT jsonb_object_agg(key, comparable_text(value)) FROM jsonb_each_text(attributes)
            WHERE key IN ({", ".join(f"'{name}'" for name in LINKS)})
        ), '{{}}') AS same
        FROM payments WHERE id = CAST(:transaction_key AS bigint)
    ) this
),
horizon AS MATERIALIZED (
    SELECT first_payment_after(CAST(:as_of AS timestamptz)) + 1000 AS latest_id
),
tail AS MATERIALIZED (
    SELECT id, attributes FROM payments
    WHERE id > (SELECT indexed_to FROM link_progress) AND id <= (SELECT latest_id FROM horizon)
        AND received_at <= CAST(:as_of AS timestamptz)
    ORDER BY id DESC LIMIT {TAIL_ROWS}
),
found AS MATERIALIZED ({" UNION ALL ".join(_one(name) for name in LINKS)}),
weighed AS MATERIALIZED (
    SELECT t.id, t.occurred_at, same.links, same.by_strangers,
        truth.label IS NOT DISTINCT FROM 'fraud' AND NOT {IS_LIVE} AS is_fraud
    FROM (
        SELECT id, array_agg(name) AS links, bool_and(name = 'merchant') AS by_strangers
        FROM found GROUP BY id
    ) same JOIN payments t ON t.id = same.id
    {TRUTH}
),
ranked AS (
    SELECT id, links, row_number() OVER (ORDER BY CASE
        WHEN is_fraud AND NOT by_strangers THEN 1
        WHEN is_fraud AND place <= {STRANGERS_FRAUDS} THEN 2
        WHEN NOT by_strangers THEN 3
        ELSE 4
    END, occurred_at DESC, id DESC) AS n
    FROM (
        SELECT *, row_number() OVER (
            PARTITION BY is_fraud, by_strangers ORDER BY occurred_at DESC, id DESC
        ) AS place FROM weighed
    ) placed
),
chosen AS (SELECT id, links, n FROM ranked ORDER BY n LIMIT {SHOWN})
SELECT t.id AS transaction_key, t.transaction_id, t.amount, t.currency, t.occurred_at, chosen.links,
    {IS_LIVE} AS is_live, decided.label AS decision, truth.label AS truth, truth.source AS truth_source,
    (SELECT jsonb_object_agg(name, c) FROM (
        SELECT name, count(*) AS c FROM found GROUP BY name
    ) counted) AS counts,
    (
        SELECT array_agg(id ORDER BY by_strangers, occurred_at DESC, id DESC) FROM weighed WHERE is_fraud
    ) AS frauds
FROM chosen JOIN transactions t ON t.id = chosen.id
{DECIDED} {TRUTH}
ORDER BY chosen.n
""")
HAS = text("SELECT attributes FROM transactions WHERE id = :transaction_key")
FIRST_JUDGED = text("""
SELECT min(v.judged_at) FROM cases c JOIN verdicts v ON v.case_id = c.id
WHERE c.transaction_id = :transaction_key AND c.kind IN ('unknown', 'audit')
""")


async def linked(
    connection: AsyncConnection, transaction_key: int, *, as_of: datetime, reader_id: int | None = None
) -> Linked:
    """Return the payments linked with one, as they were known at a moment; never that one itself."""
    attributes = await connection.scalar(HAS, {"transaction_key": transaction_key}) or {}
    parameters = {"transaction_key": transaction_key, "as_of": as_of, "reader": reader_id}
    rows = (await connection.execute(LINKED, parameters)).mappings().all()
    counts = rows[0]["counts"] if rows else {}
    return Linked(
        payments=tuple(_payment(row) for row in rows),
        frauds=tuple(rows[0]["frauds"] or ()) if rows else (),
        counts={name: counts.get(name, 0) for name in LINKS if name in attributes},
    )


async def first_judged_at(connection: AsyncConnection, transaction_key: int) -> datetime | None:
    """Return when somebody first said something of a payment, reviews of that not counted."""
    moment: datetime | None = await connection.scalar(FIRST_JUDGED, {"transaction_key": transaction_key})
    return moment


def _payment(row: RowMapping) -> LinkedPayment:
    is_told = not row["is_live"]
    return LinkedPayment(
        transaction_key=row["transaction_key"],
        transaction_id=row["transaction_id"],
        amount=row["amount"],
        currency=row["currency"],
        occurred_at=row["occurred_at"],
        links=tuple(name for name in LINKS if name in row["links"]),
        is_live=row["is_live"],
        decision=Label(row["decision"]) if is_told and row["decision"] else None,
        truth=GroundTruth(row["truth"]) if is_told and row["truth"] else None,
        truth_source=row["truth_source"] if is_told else None,
    )
