"""Months in which payments lie: made ahead of time, and detached when they are no longer to be kept here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: The table of payments and those of their links, which are detached together.
PARTITIONED = ("payments", "payment_links", "payment_words")

MAKE = text("SELECT make_payment_partitions(:first_month, :months)")
LISTED = text("""
SELECT c.relname AS name, pg_total_relation_size(c.oid) AS size_bytes,
    greatest(c.reltuples, 0)::bigint AS payments
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'payments'::regclass ORDER BY c.relname
""")
NEWEST_IN = "SELECT max(received_at) FROM {name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One part of the payments; the rows are PostgreSQL's estimate."""

    name: str
    size_bytes: int
    payments: int


async def make_ahead(connection: AsyncConnection, first_month: date, *, months: int) -> int:
    """Make the partitions of these months that are not there; return how many were made.

    Raises what the connection raises where a lock is not to be had within two seconds.
    """
    parameters = {"first_month": first_month, "months": months}
    made: int = await connection.scalar(MAKE, parameters)
    return made


async def listed(connection: AsyncConnection) -> Sequence[Partition]:
    """Return the partitions, oldest month first."""
    return [Partition(**row) for row in (await connection.execute(LISTED)).mappings()]


async def detach(connection: AsyncConnection, month: date) -> list[str]:
    """Detach a month's payments and their links; the tables stay, as `payments_2026_05`, for an archive.

    Needs the owner of the tables. Raises LookupError where that month has no partition.
    """
    names = {parent: f"{parent}_{month:%Y_%m}" for parent in PARTITIONED}
    known = {each.name for each in await listed(connection)}
    if names["payments"] not in known:
        raise LookupError(f"there is no partition of {month:%Y-%m}")
    for parent, name in names.items():
        await connection.execute(text(f"ALTER TABLE {parent} DETACH PARTITION {name}"))
    return list(names.values())
