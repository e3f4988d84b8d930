"""Exchange rates as they are kept, and the places in the queue that follow from them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_blind
from app.database.tables.payments import CurrencyRateRow
from app.review.currency_rates import Rate, RateTable
from app.review.queue.priority import LEAST_LOSS

#: Cases ranked anew in one go, so that nobody waits long for their rows.
AT_ONCE = 2000

# Of a currency the rate of the latest day counts; of two of that day the one that was told last.
CURRENT = text("""
SELECT DISTINCT ON (currency) currency, rate, as_of FROM currency_rates
WHERE base = :base ORDER BY currency, as_of DESC, id DESC
""")
_LOSS = f"ln(greatest(CASE WHEN {{rate}} IS NULL THEN :unrated ELSE {{loss}} * {{rate}} END, {LEAST_LOSS}))"
_QUEUE_LOSS = "coalesce(cases.queue_loss, cases.expected_loss)"
_MOVED = f"priority_key - {_LOSS.format(loss=_QUEUE_LOSS, rate='cases.queue_rate')} + {{new}}"
# A key is the logarithm of a loss less its age: another loss moves it by the difference of two logarithms.
RANK_BY_RATES = text(f"""
WITH told AS (
    SELECT * FROM unnest(CAST(:currencies AS text[]), CAST(:rates AS float8[])) AS rate(currency, rate)
),
moved AS MATERIALIZED (
    SELECT c.id, told.rate FROM cases c JOIN transactions t ON t.id = c.transaction_id
    LEFT JOIN told ON told.currency = t.currency
    WHERE c.state IN ('open', 'escalated', 'given') AND c.queue_rate IS DISTINCT FROM told.rate
    ORDER BY c.id LIMIT :limit FOR UPDATE OF c
)
UPDATE cases SET queue_rate = moved.rate,
    priority_key = {_MOVED.format(new=_LOSS.format(loss=_QUEUE_LOSS, rate="moved.rate"))}
FROM moved WHERE moved.id = cases.id
""")
# Blind cases that opened, or were drawn, before the queue kept quiet about them.
RANK_BLIND = text(f"""
WITH moved AS MATERIALIZED (
    SELECT c.id, :base_rate * (CAST(t.amount AS float8) + :overhead) AS loss
    FROM cases c JOIN transactions t ON t.id = c.transaction_id
    JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, c.decision_id)
    WHERE c.state IN ('open', 'escalated', 'given') AND d.is_scored
        AND coalesce(c.queue_loss, c.expected_loss) = c.expected_loss AND {is_blind("c", "d")}
    ORDER BY c.id FOR UPDATE OF c
)
UPDATE cases SET queue_loss = moved.loss,
    priority_key = {_MOVED.format(new=_LOSS.format(loss="moved.loss", rate="cases.queue_rate"))}
FROM moved WHERE moved.id = cases.id
""")


async def add(connection: AsyncConnection, base: str, rates: Sequence[Rate], *, now: datetime) -> None:
    """Keep rates; what was kept before stays."""
    rows = [
        {
            "base": base, "currency": each.currency, "rate": each.rate, "as_of": each.as_of, "loaded_at": now
        }
        for each in rates
    ]  # fmt: skip
    await connection.execute(insert(CurrencyRateRow), rows)


async def current(connection: AsyncConnection, base: str) -> RateTable:
    """Return the rates that hold now."""
    rows = await connection.execute(CURRENT, {"base": base})
    return RateTable(
        base=base,
        rates={row.currency: Rate(currency=row.currency, rate=row.rate, as_of=row.as_of) for row in rows},
    )


async def newest(connection: AsyncConnection) -> int:
    """Return how far rates have been kept: a number that rises with each."""
    return await connection.scalar(select(func.max(CurrencyRateRow.id))) or 0


async def rank_anew(connection: AsyncConnection, table: RateTable, *, unrated: float) -> int:
    """Put some of what waits where these rates place it; return how many moved, 0: all stand right."""
    factors = {table.base: 1.0} | {code: float(each.rate) for code, each in table.rates.items()}
    moved = await connection.execute(
        RANK_BY_RATES,
        {
            "currencies": list(factors),
            "rates": list(factors.values()),
            "unrated": unrated,
            "limit": AT_ONCE,
        },
    )
    return moved.rowcount


async def rank_blind(
    connection: AsyncConnection, *, base_rate: float, overhead: float, unrated: float
) -> None:
    """Put blind cases that stand where the machine's opinion placed them where their amount does."""
    await connection.execute(RANK_BLIND, {"base_rate": base_rate, "overhead": overhead, "unrated": unrated})
