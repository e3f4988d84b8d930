"""A payment with all that was decided and heard of it, whether or not it has a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.outcomes import OUTCOME
from app.database.payments.truth import CASE, IS_LIVE
from app.review.case import CaseState, Judgement, VerdictReason
from app.review.outcome import GroundTruth, OutcomeSource, Report
from app.scoring.schema.feature import Value
from app.triage.labels import Label, Listed, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDecision:
    """What the machine decided, the first time or again when a score came late."""

    id: int
    label: Label
    reason: Reason
    policy_id: int
    model_version: str
    decided_at: datetime
    #: None where no model gave a score.
    probability: float | None
    #: What the lists said, and by which rule it would have been decided without them.
    listed: Listed | None = None
    unlisted_reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardLabel:
    """A report of what a payment was, as its source gave it."""

    label: Report
    source: str
    occurred_at: datetime
    learned_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidVerdict:
    """What a person said of a payment on a case that counts."""

    case_id: int
    judgement: Judgement
    reason: VerdictReason | None
    note: str | None
    who: str
    judged_at: datetime
    is_correction: bool
    #: A later verdict took its place.
    is_replaced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPayment:
    """A payment as it was sent, its case, and its outcome."""

    key: int
    transaction_id: str
    client: str
    amount: Decimal
    currency: str
    occurred_at: datetime
    received_at: datetime
    respond_by: datetime | None
    #: What was sent, and what its model read of history.
    features: Mapping[str, Value]
    attributes: Mapping[str, str]
    #: Somebody is still to judge it.
    is_live: bool
    case_id: int | None
    case_state: CaseState | None
    outcome: GroundTruth | None
    outcome_source: OutcomeSource | None
    settled_at: datetime | None


STORED = text(f"""
SELECT t.id AS key, t.transaction_id, clients.name AS client, t.amount, t.currency, t.occurred_at,
    t.received_at, t.respond_by, t.features || t.derived AS features, t.attributes, {IS_LIVE} AS is_live,
    shown.id AS case_id, shown.state AS case_state, o.outcome, o.source AS outcome_source, o.settled_at
FROM transactions t JOIN clients ON clients.id = t.client_id
{OUTCOME} {CASE}
WHERE t.id = CAST(:key AS bigint)
""")
DECISIONS = text("""
SELECT d.id, d.label, d.reason, d.policy_id, d.model_version, d.decided_at, d.probability, ld.listed,
    ld.unlisted_reason
FROM decisions d LEFT JOIN listed_decisions ld ON ld.transaction_id = d.transaction_id AND ld.id = d.id
WHERE d.transaction_id = CAST(:key AS bigint) ORDER BY d.attempt
""")
HEARD = text("""
SELECT label, source, occurred_at, learned_at, recorded_at
FROM labels WHERE transaction_id = CAST(:key AS bigint) ORDER BY recorded_at, id
""")
# What was said in a look at people is no news of the payment, and names whom it was about.
_SAID = """
SELECT v.case_id, v.judgement, v.reason, v.note, accounts.display_name AS who, v.judged_at,
    v.corrects_id IS NOT NULL AS is_correction,
    EXISTS (SELECT 1 FROM verdicts newer WHERE newer.corrects_id = v.id) AS is_replaced
FROM cases c JOIN verdicts v ON v.case_id = c.id JOIN accounts ON accounts.id = v.account_id
WHERE c.transaction_id = ANY(CAST(:keys AS bigint[])) AND c.kind IN ('unknown', 'audit')
"""
SAID = text(f"{_SAID} ORDER BY v.judged_at, v.id")
NEWEST_SAID = text(
    f"{_SAID} AND (CAST(:before AS timestamptz) IS NULL OR v.judged_at < CAST(:before AS timestamptz))"
    " ORDER BY v.judged_at DESC, v.id DESC LIMIT :most"
)


async def stored(connection: AsyncConnection, key: int, *, reader_id: int | None) -> StoredPayment | None:
    """Return a payment by its key; None: there is none. Looks at the reader's own verdicts are not told."""
    row = (await connection.execute(STORED, {"key": key, "reader": reader_id})).mappings().one_or_none()
    return None if row is None else _stored(row)


async def decisions(connection: AsyncConnection, key: int) -> list[MachineDecision]:
    """Return what the machine decided of a payment, in order."""
    rows = await connection.execute(DECISIONS, {"key": key})
    return [
        MachineDecision(
            **{
                **row,
                "label": Label(row["label"]),
                "reason": Reason(row["reason"]),
                "listed": Listed(row["listed"]) if row["listed"] else None,
                "unlisted_reason": Reason(row["unlisted_reason"]) if row["unlisted_reason"] else None,
            }
        )
        for row in rows.mappings()
    ]


async def heard(connection: AsyncConnection, key: int) -> list[HeardLabel]:
    """Return what sources reported of a payment, withdrawals among it, in the order it came."""
    rows = await connection.execute(HEARD, {"key": key})
    return [HeardLabel(**{**row, "label": Report(row["label"])}) for row in rows.mappings()]


async def said(connection: AsyncConnection, key: int) -> list[SaidVerdict]:
    """Return what people said of a payment, in order."""
    return [_said(row) for row in (await connection.execute(SAID, {"keys": [key]})).mappings()]


async def said_of(
    connection: AsyncConnection, keys: Sequence[int], *, before: datetime | None, most: int
) -> list[SaidVerdict]:
    """Return what people said of several payments, the newest first; before a moment, where one is given."""
    rows = await connection.execute(NEWEST_SAID, {"keys": list(keys), "before": before, "most": most})
    return [_said(row) for row in rows.mappings()]


def _said(row: RowMapping) -> SaidVerdict:
    return SaidVerdict(
        **{
            **row,
            "judgement": Judgement(row["judgement"]),
            "reason": VerdictReason(row["reason"]) if row["reason"] else None,
        }
    )


def _stored(row: RowMapping) -> StoredPayment:
    return StoredPayment(
        **{
            **row,
            "case_state": CaseState(row["case_state"]) if row["case_state"] else None,
            "outcome": GroundTruth(row["outcome"]) if row["outcome"] else None,
            "outcome_source": OutcomeSource(row["outcome_source"]) if row["outcome_source"] else None,
        }
    )
