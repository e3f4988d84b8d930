"""Lists of verdicts behind the figures of quality, the newest first, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.access.accounts import AccountNotFound
from app.database.blindness import hides_words, is_kept_from
from app.database.operations.quality import JUDGED, LAST_WORDS, OVERTURNED, Span
from app.database.payments.truth import IS_UNDER_REVIEW, READER
from app.review.case import Judgement
from app.review.outcome import GroundTruth


class Listing(StrEnum):
    """Which verdicts."""

    JUDGED = "judged"
    ESCALATED = "escalated"
    LOOKED_TWICE = "twice"
    DISAGREED = "disagreed"
    OVERTURNED = "overturned"
    GOLD = "gold"
    GOLD_WRONG = "gold-wrong"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictQuery:
    """Which verdicts of a window, by whom; older than one where a list goes on."""

    listing: Listing
    span: Span
    account_id: int | None = None
    before_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedVerdict:
    """A verdict, with what confirmed or overturned it."""

    verdict_id: int
    case_id: int
    transaction_id: str
    client: str
    amount: Decimal
    currency: str
    author: str
    judgement: Judgement
    judged_at: datetime
    milliseconds: int
    is_group: bool
    note: str | None
    #: It is kept from the reader for now.
    is_note_kept_back: bool
    #: Said by the same person before the score was shown.
    provisional: GroundTruth | None
    #: Who judged the same case apart from this one, and what they said.
    colleague: str | None
    colleague_said: GroundTruth | None
    ruled: GroundTruth | None
    #: In place of this verdict, by somebody's correction.
    corrected: GroundTruth | None
    truth: GroundTruth | None


_TWICE = "other.judgement IS NOT NULL"
_CONDITIONS: Mapping[Listing, str] = {
    Listing.JUDGED: "true",
    Listing.ESCALATED: "v.judgement = 'escalate'",
    Listing.LOOKED_TWICE: _TWICE,
    Listing.DISAGREED: f"{_TWICE} AND other.judgement <> v.judgement",
    Listing.OVERTURNED: OVERTURNED,
    Listing.GOLD: "c.kind = 'gold' AND v.judgement <> 'escalate'",
    Listing.GOLD_WRONG: "c.kind = 'gold' AND v.judgement <> 'escalate' AND v.judgement <> c.truth",
    Listing.CHANGED: (
        "v.group_id IS NULL AND v.judgement <> 'escalate' AND before.judgement <> v.judgement"
        " AND b.probability > 0 AND b.probability < 1"
    ),
}
_KEEPS_NOTE = f"({READER} IS DISTINCT FROM v.account_id AND {hides_words('c', 'd', READER)})"
# What somebody is still to look at again is not told to those who may.
# The other one of a pair: a second look's first verdict, or the verdict of a first one's second look.
_LIST = """
SELECT v.id AS verdict_id, v.case_id, t.transaction_id, clients.name AS client, t.amount, t.currency,
    a.display_name AS author, v.judgement, v.judged_at,
    greatest(v.milliseconds_to_decide - v.hidden_milliseconds, 0) AS milliseconds,
    v.group_id IS NOT NULL AS is_group,
    CASE WHEN NOT {keeps_note} THEN v.note END AS note,
    v.note IS NOT NULL AND {keeps_note} AS is_note_kept_back, before.judgement AS provisional,
    colleague.display_name AS colleague, other.judgement AS colleague_said, ruled.judgement AS ruled,
    corrected.judgement AS corrected, c.truth
FROM verdicts v
JOIN cases c ON c.id = v.case_id
JOIN transactions t ON t.id = c.transaction_id
JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, c.decision_id)
JOIN clients ON clients.id = t.client_id
JOIN accounts a ON a.id = v.account_id AND a.role <> 'system'
{last_words}
LEFT JOIN blind_draws b ON b.case_id = v.case_id
LEFT JOIN LATERAL (
    SELECT judgement FROM provisional_verdicts
    WHERE case_id = v.case_id AND account_id = v.account_id AND given_at <= v.judged_at
    ORDER BY given_at LIMIT 1
) before ON b.is_blind
LEFT JOIN cases second ON second.first_case_id = v.case_id AND second.kind = 'second'
LEFT JOIN verdicts other ON other.judgement <> 'escalate' AND other.corrects_id IS NULL
    AND v.judgement <> 'escalate'
    AND other.case_id = CASE WHEN c.kind = 'second' THEN c.first_case_id ELSE second.id END
LEFT JOIN accounts colleague ON colleague.id = other.account_id
WHERE {judged} AND {condition} AND NOT {kept} AND NOT ({reader} IS NOT NULL AND {is_under_review})
    AND (CAST(:account_id AS bigint) IS NULL OR v.account_id = :account_id)
    AND (CAST(:before_id AS bigint) IS NULL OR v.id < :before_id)
ORDER BY v.id DESC LIMIT :limit
"""
LISTS = {
    listing: text(
        _LIST.format(
            last_words=LAST_WORDS,
            judged=JUDGED,
            condition=condition,
            keeps_note=_KEEPS_NOTE,
            kept=is_kept_from("c", READER),
            reader=READER,
            is_under_review=IS_UNDER_REVIEW,
        )
    )
    for listing, condition in _CONDITIONS.items()
}
_TRUTHS = ("provisional", "colleague_said", "ruled", "corrected", "truth")
NAME = text("SELECT display_name FROM accounts WHERE id = :account_id")


async def author_name(connection: AsyncConnection, account_id: int) -> str:
    """Return what somebody is called; raises `AccountNotFound`."""
    name: str | None = await connection.scalar(NAME, {"account_id": account_id})
    if name is None:
        raise AccountNotFound
    return name


async def listed(
    connection: AsyncConnection, wanted: VerdictQuery, *, limit: int, reader_id: int | None = None
) -> tuple[ListedVerdict, ...]:
    """Return the newest verdicts of a list, or those behind one; `reader_id`: who asks, if they may judge."""
    parameters = {
        **wanted.span.parameters(),
        "account_id": wanted.account_id,
        "before_id": wanted.before_id,
        "limit": limit,
        "reader": reader_id,
    }
    rows = (await connection.execute(LISTS[wanted.listing], parameters)).mappings()
    return tuple(
        ListedVerdict(
            **{
                **row,
                "judgement": Judgement(row["judgement"]),
                **{name: row[name] and GroundTruth(row[name]) for name in _TRUTHS},
            }
        )
        for row in rows
    )
