"""Transactions whose truth is known, with their features: what neighbours are looked for among."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.truth import IS_LIVE, truth_among
from app.review.neighbours import Known
from app.review.outcome import GroundTruth


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPosition:
    """How far labels and verdicts have been read: all that older database transactions wrote."""

    xact: int


START = ReadPosition(xact=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRow:
    """A known payment and its features, still as JSON: they are parsed off the event loop."""

    known: Known
    features_json: str


HEARD_SINCE = text("""
WITH new_labels AS (
    SELECT transaction_id, recorded_at AS heard_at FROM labels
    WHERE xact >= :xact ORDER BY id DESC LIMIT :most
),
new_verdicts AS (
    SELECT c.transaction_id, v.judged_at AS heard_at FROM verdicts v JOIN cases c ON c.id = v.case_id
    WHERE v.xact >= :xact ORDER BY v.id DESC LIMIT :most
),
newest AS (
    SELECT transaction_id, max(heard_at) AS heard_at
    FROM (SELECT * FROM new_labels UNION ALL SELECT * FROM new_verdicts) heard
    GROUP BY transaction_id ORDER BY heard_at DESC, transaction_id DESC LIMIT :most
)
SELECT
    (SELECT array_agg(transaction_id ORDER BY heard_at, transaction_id) FROM newest) AS keys,
    (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint AS xact
""")

KNOWN = text(f"""
WITH truth AS ({truth_among("= ANY(CAST(:keys AS bigint[]))")})
SELECT t.id, truth.label, truth.source, truth.learned_at, t.amount, t.currency, t.occurred_at,
    (t.features || t.derived)::text AS features_json
FROM unnest(CAST(:keys AS bigint[])) WITH ORDINALITY AS wanted(id, n)
JOIN transactions t ON t.id = wanted.id JOIN truth ON truth.transaction_id = t.id
ORDER BY wanted.n
""")


LIVE_AMONG = text(f"SELECT t.id FROM unnest(CAST(:keys AS bigint[])) AS t(id) WHERE {IS_LIVE}")


async def heard_since(
    connection: AsyncConnection, mark: ReadPosition, *, most: int
) -> tuple[list[int], ReadPosition]:
    """Return the keys of transactions of which something was heard since, oldest first, and how far.

    At most `most` of them: the newest. A row that commits late is heard of the next time, whatever its
    id or its date.
    """
    row = (await connection.execute(HEARD_SINCE, {"xact": mark.xact, "most": most})).one()
    return row.keys or [], ReadPosition(xact=row.xact)


async def known(connection: AsyncConnection, keys: Sequence[int]) -> list[LabelledRow]:
    """Return what is known of these transactions, in this order; unlabelled ones are left out."""
    rows = await connection.execute(KNOWN, {"keys": list(keys)})
    return [
        LabelledRow(
            known=Known(
                transaction_key=row.id,
                label=GroundTruth(row.label),
                source=row.source,
                amount=row.amount,
                currency=row.currency,
                occurred_at=row.occurred_at,
                learned_at=row.learned_at,
            ),
            features_json=row.features_json,
        )
        for row in rows
    ]


async def live_among(connection: AsyncConnection, keys: Sequence[int], *, reader_id: int | None) -> set[int]:
    """Return those of these transactions that somebody is to judge, as far as the reader may hear."""
    rows = await connection.execute(LIVE_AMONG, {"keys": list(keys), "reader": reader_id})
    return set(rows.scalars())
