"""Ground truth as it arrives: appended, never overwritten; a source may withdraw what it said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.outcome import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthReport:
    """What somebody learned of one of a client's transactions."""

    transaction_id: str
    label: Report
    source: str
    occurred_at: datetime
    learned_at: datetime
    #: The chance with which this source would have reported this transaction whatever the truth, above 0
    #: and at most 1; None where it cannot say.
    propensity: float | None = None


# The same report twice is one row, so a client may send again what it is not sure of.
APPEND = text("""
WITH input AS (
    SELECT * FROM unnest(
        CAST(:transaction_ids AS text[]), CAST(:labels AS text[]), CAST(:sources AS text[]),
        CAST(:occurred_ats AS timestamptz[]), CAST(:learned_ats AS timestamptz[]),
        CAST(:propensities AS float8[])
    ) WITH ORDINALITY AS row(transaction_id, label, source, occurred_at, learned_at, propensity, n)
),
known AS (
    SELECT input.*, k.payment_id AS key FROM input
    JOIN payment_keys k ON k.key = payment_identity(:client_id, input.transaction_id)
),
appended AS (
    INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at, propensity)
    SELECT key, label, source, occurred_at, learned_at, :now, propensity FROM known
    ON CONFLICT DO NOTHING
)
SELECT n FROM known ORDER BY n
""")


# Those of the same reports that are rows already.
REPEATED = text("""
WITH input AS (
    SELECT * FROM unnest(
        CAST(:transaction_ids AS text[]), CAST(:labels AS text[]), CAST(:sources AS text[]),
        CAST(:occurred_ats AS timestamptz[]), CAST(:learned_ats AS timestamptz[])
    ) WITH ORDINALITY AS row(transaction_id, label, source, occurred_at, learned_at, n)
)
SELECT input.n FROM input
JOIN payment_keys k ON k.key = payment_identity(:client_id, input.transaction_id)
JOIN labels l ON l.transaction_id = k.payment_id AND l.source = input.source AND l.label = input.label
    AND l.occurred_at = input.occurred_at AND l.learned_at = input.learned_at
""")


async def repeated(connection: AsyncConnection, client_id: int, reports: Sequence[TruthReport]) -> set[int]:
    """Return the places (from 0) of the reports that are kept already: appending them changes nothing."""
    rows = await connection.execute(REPEATED, _identities(client_id, reports))
    return {row.n - 1 for row in rows}


# The way by which the truth of each became known: the newest report that stands, else a verdict.
SOURCES = text("""
SELECT DISTINCT ON (transaction_id) transaction_id, source FROM standing_labels
WHERE transaction_id = ANY(CAST(:keys AS bigint[])) ORDER BY transaction_id, learned_at DESC, id DESC
""")


async def sources(connection: AsyncConnection, keys: Sequence[int]) -> dict[int, str]:
    """Return who reported the truth of these transactions, by their keys; those nobody did are left out."""
    rows = await connection.execute(SOURCES, {"keys": list(keys)})
    return {row.transaction_id: row.source for row in rows}


async def append(
    connection: AsyncConnection, client_id: int, reports: Sequence[TruthReport], now: datetime
) -> set[int]:
    """Append the reports and return the places (from 0) of those whose transaction exists."""
    told = {"propensities": [report.propensity for report in reports], "now": now}
    rows = await connection.execute(APPEND, _identities(client_id, reports) | told)
    return {row.n - 1 for row in rows}


def _identities(client_id: int, reports: Sequence[TruthReport]) -> dict[str, Any]:
    """Return the columns that make two reports the same one."""
    return {
        "client_id": client_id,
        "transaction_ids": [report.transaction_id for report in reports],
        "labels": [report.label.value for report in reports],
        "sources": [report.source for report in reports],
        "occurred_ats": [report.occurred_at for report in reports],
        "learned_ats": [report.learned_at for report in reports],
    }
