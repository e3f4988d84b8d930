"""The payments of a card, a merchant, a device or an address, the newest first, as many as are asked for.

Every question goes by the index of links, downwards from a key, and ends at a number of rows: what an entity
with a million payments costs is what one with a few hundred does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.same_text import comparable_sql
from app.database.payments.truth import CASE, DECIDED, IS_LIVE, TRUTH
from app.database.payments.upkeep.indexing import TAIL_ROWS
from app.database.tables.links import LINKS
from app.review.case import CaseState
from app.review.outcome import GroundTruth
from app.review.story.entity import Entity
from app.review.text import comparable
from app.triage.labels import Label

#: In a window so many are counted; more are told as "more than".
COUNTED = 1000
WINDOWS = (timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30))
#: Larger than any key.
END = 2**63 - 1


def _same_in_tail(name: str) -> str:
    return comparable_sql(f"(tail.attributes ->> {name})")


# Payments whose links are not written yet.
_NEWEST_UNWRITTEN = f"""
tail AS MATERIALIZED (
    SELECT id, attributes FROM payments
    WHERE id > (SELECT indexed_to FROM link_progress) ORDER BY id DESC LIMIT {TAIL_ROWS}
)"""
_TAIL = f"""{_NEWEST_UNWRITTEN},
unwritten AS MATERIALIZED (
    SELECT tail.id FROM tail
    WHERE tail.attributes ? CAST(:name AS text)
        AND {_same_in_tail("CAST(:name AS text)")} = CAST(:same AS text)
)"""
FINGERPRINT = text("SELECT link_fingerprint(CAST(:entity AS smallint), CAST(:same AS text))")
NEWEST = text(f"""
WITH {_TAIL}
SELECT id FROM (
    (SELECT payment_id AS id FROM payment_links
    WHERE entity = CAST(:entity AS smallint) AND fingerprint = CAST(:fingerprint AS bigint)
        AND payment_id < CAST(:before AS bigint)
    ORDER BY payment_id DESC LIMIT CAST(:most AS int))
    UNION
    (SELECT id FROM unwritten WHERE id < CAST(:before AS bigint))
) either ORDER BY id DESC LIMIT CAST(:most AS int)
""")
COUNTS = text(f"""
WITH {_TAIL},
windows AS MATERIALIZED (
    SELECT n, first_payment_after(since) AS first
    FROM unnest(CAST(:since AS timestamptz[])) WITH ORDINALITY AS wanted(since, n)
)
SELECT (SELECT count(*) FROM (
    SELECT payment_id AS id FROM (
        SELECT payment_id FROM payment_links
        WHERE entity = CAST(:entity AS smallint) AND fingerprint = CAST(:fingerprint AS bigint)
            AND payment_id >= windows.first
        ORDER BY payment_id LIMIT {COUNTED + 1}
    ) written
    UNION
    SELECT id FROM unwritten WHERE id >= windows.first
) counted) AS number
FROM windows ORDER BY n
""")
DETAILS = text(f"""
SELECT t.id AS key, t.transaction_id, t.amount, t.currency, t.occurred_at, t.attributes,
    {IS_LIVE} AS is_live, decided.label AS decision, truth.label AS truth, truth.source AS truth_source,
    shown.id AS case_id, shown.state AS case_state
FROM unnest(CAST(:keys AS bigint[])) WITH ORDINALITY AS wanted(id, n)
JOIN transactions t ON t.id = wanted.id
{DECIDED} {TRUTH} {CASE}
ORDER BY wanted.n
""")
ATTRIBUTES = text(f"""
WITH {_NEWEST_UNWRITTEN}
SELECT wanted.n, p.attributes
FROM unnest(
    CAST(:entities AS smallint[]), CAST(:fingerprints AS bigint[]), CAST(:names AS text[]),
    CAST(:same AS text[])
) WITH ORDINALITY AS wanted(entity, fingerprint, name, same, n),
LATERAL (
    SELECT id FROM (
        (SELECT payment_id AS id FROM payment_links l
        WHERE l.entity = wanted.entity AND l.fingerprint = wanted.fingerprint
        ORDER BY payment_id DESC LIMIT CAST(:most AS int))
        UNION
        (SELECT tail.id FROM tail
        WHERE tail.attributes ? wanted.name AND {_same_in_tail("wanted.name")} = wanted.same)
    ) either ORDER BY id DESC LIMIT CAST(:most AS int)
) newest
JOIN payments p ON p.id = newest.id
ORDER BY wanted.n, p.id DESC
""")
FINGERPRINTS = text("""
SELECT link_fingerprint(wanted.entity, wanted.same)
FROM unnest(CAST(:entities AS smallint[]), CAST(:same AS text[])) WITH ORDINALITY AS wanted(entity, same, n)
ORDER BY wanted.n
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityPayment:
    """One payment of an entity, and what is known of it."""

    key: int
    transaction_id: str
    amount: Decimal
    currency: str
    occurred_at: datetime
    attributes: Mapping[str, str]
    #: Somebody is still to judge it.
    is_live: bool
    #: The three are None where they are kept from the reader, or not known.
    decision: Label | None
    truth: GroundTruth | None
    truth_source: str | None
    case_id: int | None
    case_state: CaseState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedEntity:
    """An entity as payments are linked by it."""

    entity: Entity
    fingerprint: int

    @property
    def parameters(self) -> dict[str, object]:
        """What its questions are asked with."""
        return {
            "entity": place_of(self.entity.kind),
            "fingerprint": self.fingerprint,
            "name": self.entity.kind,
            "same": comparable(self.entity.value),
        }


def place_of(kind: str) -> int:
    """Return the number of a kind by which payments are linked; raises ValueError for another one."""
    return 1 + LINKS.index(kind)


async def linked_entity(connection: AsyncConnection, entity: Entity) -> LinkedEntity:
    """Return an entity with its fingerprint."""
    parameters = {"entity": place_of(entity.kind), "same": comparable(entity.value)}
    return LinkedEntity(
        entity=entity, fingerprint=(await connection.execute(FINGERPRINT, parameters)).scalar_one()
    )


async def newest_keys(
    connection: AsyncConnection, of: LinkedEntity, *, most: int, before: int = END
) -> list[int]:
    """Return the keys of an entity's payments below one, the newest first."""
    rows = await connection.execute(NEWEST, {**of.parameters, "before": before, "most": most})
    return list(rows.scalars())


async def counts(connection: AsyncConnection, of: LinkedEntity, now: datetime) -> list[int]:
    """Return how many payments of an entity were received in each of `WINDOWS`; above `COUNTED`: more."""
    since = [now - window for window in WINDOWS]
    numbers = (await connection.execute(COUNTS, {**of.parameters, "since": since})).scalars()
    return [min(number, COUNTED + 1) for number in numbers]


async def payments(
    connection: AsyncConnection, keys: Sequence[int], *, as_of: datetime, reader_id: int | None
) -> list[EntityPayment]:
    """Return payments by their keys, in that order, without what this reader may not know.

    None for a reader who judges nothing: nothing is kept from them.
    """
    rows = await connection.execute(DETAILS, {"keys": list(keys), "as_of": as_of, "reader": reader_id})
    return [_payment(row, is_told=reader_id is None or not row["is_live"]) for row in rows.mappings()]


async def attributes_of(
    connection: AsyncConnection, wanted: Sequence[Entity], *, most: int
) -> dict[Entity, list[Mapping[str, str]]]:
    """Return the attributes of the newest payments of several entities, at most so many of each."""
    places = [place_of(each.kind) for each in wanted]
    same = [comparable(each.value) for each in wanted]
    prints = list((await connection.execute(FINGERPRINTS, {"entities": places, "same": same})).scalars())
    names = [each.kind for each in wanted]
    parameters = {"entities": places, "fingerprints": prints, "names": names, "same": same, "most": most}
    rows = await connection.execute(ATTRIBUTES, parameters)
    found: dict[Entity, list[Mapping[str, str]]] = {each: [] for each in wanted}
    for row in rows:
        found[wanted[row.n - 1]].append(row.attributes)
    return found


def _payment(row: RowMapping, *, is_told: bool) -> EntityPayment:
    return EntityPayment(
        key=row["key"],
        transaction_id=row["transaction_id"],
        amount=row["amount"],
        currency=row["currency"],
        occurred_at=row["occurred_at"],
        attributes=row["attributes"],
        is_live=row["is_live"],
        decision=Label(row["decision"]) if is_told and row["decision"] else None,
        truth=GroundTruth(row["truth"]) if is_told and row["truth"] else None,
        truth_source=row["truth_source"] if is_told else None,
        case_id=row["case_id"],
        case_state=CaseState(row["case_state"]) if row["case_state"] else None,
    )
