"""Payments found by transaction ID, case, their attributes, and what was written of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_kept_from
from app.database.payments.same_text import comparable_sql
from app.database.payments.truth import CASE, DECIDED, IS_LIVE, IS_UNDER_REVIEW, READER, TRUTH
from app.database.payments.upkeep.indexing import TAIL_ROWS
from app.database.tables.links import LINKS, WRITTEN_ID
from app.review.case import CaseState
from app.review.outcome import GroundTruth
from app.review.text import comparable
from app.triage.labels import Label, Reason


class FoundBy(StrEnum):
    """How a payment was found; the surest comes first."""

    CASE = "case"
    TRANSACTION = "transaction"
    ATTRIBUTE = "attribute"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """The search terms, and who searches."""

    words: str
    #: When the words are a number.
    case_id: int | None
    #: Whoever may judge is told nothing of what somebody is still to judge.
    hides_live: bool
    #: Who asks, where they may judge: of looks at their own verdicts they hear nothing.
    reader_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPayment:
    """One payment, without what its reader may not know."""

    found_by: FoundBy
    transaction_key: int
    transaction_id: str
    client: str
    amount: Decimal
    currency: str
    occurred_at: datetime
    attributes: Mapping[str, str]
    is_live: bool
    case_id: int | None
    #: None where it has no case, and where its state would give something away.
    case_state: CaseState | None
    decision: Label | None
    rule: Reason | None
    truth: GroundTruth | None
    truth_source: str | None


_QUERY = "websearch_to_tsquery('simple', CAST(:same AS text))"
# Attributes are indexed word by word as they were written: composed or not, with unseen signs or without.
_SPELLINGS = " || ".join(f"websearch_to_tsquery('simple', {each})" for each in (
    *("CAST(:words AS text)", "CAST(:same AS text)", "normalize(CAST(:same AS text), NFD)"),
))  # fmt: skip
# Payments whose links and words are not written yet.
_TAIL = f"""(
    SELECT id, transaction_id, attributes FROM payments
    WHERE id > (SELECT indexed_to FROM link_progress) ORDER BY id DESC LIMIT {TAIL_ROWS}
) t"""
_WRITTEN = (f"(t.attributes ->> '{name}')" for name in LINKS)
_IN_TAIL = " OR ".join(f"{comparable_sql(each)} = CAST(:same AS text)" for each in _WRITTEN)
_BY_LINK = " UNION ALL ".join((
    *(f"""(SELECT payment_id AS id FROM payment_links
    WHERE entity = {place} AND fingerprint = link_fingerprint({place}::smallint, CAST(:same AS text))
    ORDER BY payment_id DESC LIMIT :most)""" for place, _ in enumerate(LINKS, start=1)),
    f"(SELECT t.id FROM {_TAIL} WHERE {_IN_TAIL})",
))  # fmt: skip
#: One statement each, because each is planned for just these words.
WAYS: Mapping[FoundBy, tuple[TextClause, ...]] = {
    FoundBy.CASE: (
        text(f"""
            SELECT c.transaction_id FROM cases c
            WHERE c.id = :case_id AND NOT {is_kept_from("c", READER)}
                AND NOT ({READER} IS NOT NULL AND {IS_UNDER_REVIEW})
        """),
    ),
    FoundBy.TRANSACTION: (
        text("""
            SELECT k.payment_id FROM clients JOIN payment_keys k
                ON k.key = payment_identity(clients.id, CAST(:same AS text))
            LIMIT :most
        """),
        text(f"""
            (SELECT payment_id AS id FROM payment_links WHERE entity = {WRITTEN_ID}
                AND fingerprint = link_fingerprint({WRITTEN_ID}::smallint, CAST(:same AS text)) LIMIT :most)
            UNION ALL
            (SELECT t.id FROM {_TAIL}
            WHERE t.transaction_id ~ '[^ -~]' AND comparable_text(t.transaction_id) = CAST(:same AS text)
            LIMIT :most)
        """),
    ),
    FoundBy.ATTRIBUTE: (
        text(f"SELECT id FROM ({_BY_LINK}) linked GROUP BY id ORDER BY id DESC LIMIT :most"),
        text(f"""
            SELECT id FROM (
                (SELECT payment_id AS id FROM payment_words WHERE words @@ ({_SPELLINGS})
                ORDER BY payment_id DESC LIMIT :most)
                UNION ALL
                (SELECT t.id FROM {_TAIL}
                WHERE jsonb_to_tsvector('simple', t.attributes, '["string"]') @@ ({_SPELLINGS}))
            ) found ORDER BY id DESC LIMIT :most
        """),
    ),
    FoundBy.NOTE: (
        text(f"""
            SELECT t.id FROM verdicts v JOIN cases c ON c.id = v.case_id
            JOIN transactions t ON t.id = c.transaction_id
            WHERE to_tsvector('simple', comparable_text(v.note)) @@ {_QUERY}
                AND NOT (CAST(:hides_live AS boolean) AND {IS_LIVE})
            ORDER BY v.id DESC LIMIT :most
        """),
    ),
}
DETAILS = text(f"""
SELECT t.id, t.transaction_id, clients.name AS client, t.amount, t.currency, t.occurred_at, t.attributes,
    {IS_LIVE} AS is_live, decided.label AS decision, decided.reason AS rule,
    truth.label AS truth, truth.source AS truth_source, shown.id AS case_id, shown.state AS case_state
FROM unnest(CAST(:keys AS bigint[])) WITH ORDINALITY AS wanted(id, n)
JOIN transactions t ON t.id = wanted.id
JOIN clients ON clients.id = t.client_id
{DECIDED} {TRUTH} {CASE}
ORDER BY wanted.n
""")
# Rare words are found by their index, common ones by walking back from the newest: which is better is known
# only for the very words.
PLAN_FOR_THESE_WORDS = text("SET LOCAL plan_cache_mode = force_custom_plan")


async def search(
    connection: AsyncConnection, sought: SearchQuery, *, now: datetime, most: int
) -> list[FoundPayment]:
    """Return at most so many payments, the surest finds first, the newest of a kind first."""
    await connection.execute(PLAN_FOR_THESE_WORDS)
    ways: dict[int, FoundBy] = {}
    for found_by, statements in WAYS.items():
        if found_by is FoundBy.CASE and sought.case_id is None:
            continue
        for statement in statements:
            for key in await _keys(connection, statement, sought, most):
                ways.setdefault(key, found_by)
    keys = list(ways)[:most]
    rows = await connection.execute(DETAILS, {"keys": keys, "as_of": now, "reader": sought.reader_id})
    return [_found(row, ways[row["id"]], sought) for row in rows.mappings()]


async def _keys(
    connection: AsyncConnection, statement: TextClause, sought: SearchQuery, most: int
) -> list[int]:
    values: dict[str, Any] = {
        "words": sought.words,
        "same": comparable(sought.words),
        "case_id": sought.case_id,
        "hides_live": sought.hides_live,
        "reader": sought.reader_id,
        "most": most,
    }
    wanted = statement.compile().params.keys()
    found = await connection.execute(statement, {name: values[name] for name in wanted})
    return list(found.scalars())


def _found(row: RowMapping, found_by: FoundBy, sought: SearchQuery) -> FoundPayment:
    is_told = not (row["is_live"] and sought.hides_live)
    is_named = found_by is FoundBy.CASE and sought.case_id != row["case_id"]
    state = CaseState(row["case_state"]) if row["case_state"] and not is_named else None
    return FoundPayment(
        found_by=found_by,
        transaction_key=row["id"],
        transaction_id=row["transaction_id"],
        client=row["client"],
        amount=row["amount"],
        currency=row["currency"],
        occurred_at=row["occurred_at"],
        attributes=row["attributes"],
        is_live=row["is_live"],
        case_id=sought.case_id if found_by is FoundBy.CASE else row["case_id"],
        case_state=state,
        decision=Label(row["decision"]) if is_told and row["decision"] else None,
        rule=Reason(row["rule"]) if is_told and row["rule"] else None,
        truth=GroundTruth(row["truth"]) if is_told and row["truth"] else None,
        truth_source=row["truth_source"] if is_told else None,
    )
