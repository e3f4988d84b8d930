"""Past decisions with their scores, and what is known of them, as columns."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.truth import truth_among
from app.database.server.copy_binary import Column, Columns, copied
from app.triage.labels import LABELS, LISTINGS, STANDINGS, Standing
from app.triage.simulation.window import FRAUD_TRUTH, LEGIT_TRUTH, NO_TRUTH

# A first load of a million rows takes longer than a page may.
LOAD_TIMEOUT_MS = 300_000

#: The standing of a decision that another model scored: it is counted and left out.
OTHER_MODEL = -1

_SCORES = ("evidence_fraud", "evidence_legit", "spread", "mutual_information", "probability", "novelty")
_LABEL = " ".join(f"WHEN '{label.value}' THEN {code}" for code, label in enumerate(LABELS))
# What a list decided would have had another reason without it.
_REASON = "coalesce(d.unlisted_reason, d.reason)"
_STANDING = f"""CASE
    WHEN s.margin IS NOT NULL AND {_REASON} = 'unusual_feed' THEN {STANDINGS.index(Standing.UNUSUAL_FEED)}
    WHEN s.margin IS NOT NULL THEN {STANDINGS.index(Standing.SCORED)}
    WHEN {_REASON} = 'features_unsupported' THEN {STANDINGS.index(Standing.FEATURES_UNSUPPORTED)}
    WHEN {_REASON} = 'currency_unsupported' THEN {STANDINGS.index(Standing.CURRENCY_UNSUPPORTED)}
    WHEN d.is_own THEN {STANDINGS.index(Standing.MODEL_UNAVAILABLE)}
    ELSE {OTHER_MODEL} END"""

_LISTED = " ".join(
    f"WHEN '{each.value}' THEN {code}" for code, each in enumerate(LISTINGS) if each is not None
)

#: What `decisions` returns.
DECISIONS = (
    Column("key", "int8", "d.id"),
    Column("decided_at", "float8", "extract(epoch FROM d.received_at)"),
    Column("label", "int2", f"CASE d.label {_LABEL} END"),
    Column("standing", "int2", _STANDING),
    Column("amount", "float8", "d.amount"),
    Column("listed", "int2", f"CASE d.listed {_LISTED} ELSE 0 END"),
    Column("propensity", "float8", "d.label_propensity"),
    *(Column(name, "float8", f"COALESCE(s.{name}, 'NaN')") for name in _SCORES),
)
# A score that a version in shadow gave is as good as one that counted: it is the model's own.
_FROM_DECISIONS = f"""
FROM (
    SELECT p.*, own.id IS NOT NULL AS is_own FROM payments p
    LEFT JOIN policies own ON own.id = p.policy_id AND own.model_version = $1
    WHERE p.received_at >= $2
) d
LEFT JOIN (
    SELECT transaction_id, max(score_id) AS score_id FROM shadow_decisions
    WHERE model_version = $1 AND score_id IS NOT NULL GROUP BY transaction_id
) shadow ON shadow.transaction_id = d.id AND NOT d.is_own
LEFT JOIN shadow_scores x ON x.id = shadow.score_id AND x.model_version = $1
CROSS JOIN LATERAL (SELECT {
    ", ".join(
        f"CASE WHEN d.is_own THEN d.{name} ELSE x.{name} END AS {name}" for name in (*_SCORES, "margin")
    )
}) s
"""

_TRUTH = f"""CASE truth.label WHEN 'fraud' THEN {FRAUD_TRUTH} WHEN 'legit' THEN {LEGIT_TRUTH}
    ELSE {NO_TRUTH} END"""
#: What `truths` returns.
TRUTHS = (
    Column("key", "int8", "touched.transaction_id"),
    Column("truth", "int2", _TRUTH),
    Column("propensity", "float8", "COALESCE(truth.propensity, 'NaN')"),
)
_TOUCHED = """(
    SELECT transaction_id FROM labels WHERE xact >= $1
    UNION
    SELECT c.transaction_id FROM verdicts v JOIN cases c ON c.id = v.case_id WHERE v.xact >= $1
)"""
_FROM_TRUTHS = f"""
FROM {_TOUCHED} touched
LEFT JOIN ({truth_among("IN " + _TOUCHED)}) truth ON truth.transaction_id = touched.transaction_id
"""

HORIZON = text("SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")

OLDEST_OF = text("""
SELECT received_at FROM payments ORDER BY id DESC OFFSET :rows LIMIT 1
""")


async def allow_long_load(connection: AsyncConnection) -> None:
    """Let the copies of this transaction take as long as a first load needs, and what goes before them."""
    await connection.execute(text(f"SET LOCAL statement_timeout = {LOAD_TIMEOUT_MS}"))


async def beyond(connection: AsyncConnection, rows: int) -> datetime | None:
    """Return when the newest decision was made that is not among the newest so many, or None."""
    found: datetime | None = await connection.scalar(OLDEST_OF, {"rows": rows})
    return found


async def decisions(connection: AsyncConnection, model_version: str, since: datetime) -> Columns:
    """Return the first decision of every transaction since a moment, with this model's score of it.

    Columns as in `DECISIONS`, in no order. `standing` is OTHER_MODEL where only another model scored it.
    """
    return await copied(connection, DECISIONS, _FROM_DECISIONS, model_version, since)


async def horizon(connection: AsyncConnection) -> int:
    """Return the oldest database transaction that is still running, or the next one.

    Whatever is not committed yet was written by it or by a later one, however long its commit takes.
    """
    found: int = (await connection.execute(HORIZON)).scalar_one()
    return found


async def truths(connection: AsyncConnection, xact: int) -> Columns:
    """Return what is known now of every transaction heard of in this database transaction or later.

    Columns as in `TRUTHS`; NO_TRUTH of one of which nothing is known any more.
    """
    return await copied(connection, TRUTHS, _FROM_TRUTHS, xact)
