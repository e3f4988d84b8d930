"""Payments of one age, with what was known of them at that age: nothing that was learned later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.triage.guarantee.truths import KnownFraud, Report
from app.triage.labels import Label

#: The machine's newest decision of each payment; a payment that another policy decided anew is that one's.
DECIDED = """
decided AS MATERIALIZED (
    SELECT p.id, p.received_at, p.received_at + CAST(:age AS interval) AS matured_at, p.probability,
        coalesce(later.label, p.label) AS label,
        coalesce(later.reason, p.reason) IN ('blocked', 'allowed') AS is_by_list,
        coalesce(later.label_propensity, p.label_propensity) AS drawn_with
    FROM payments p
    LEFT JOIN LATERAL (
        SELECT label, reason, label_propensity, policy_id FROM later_decisions
        WHERE transaction_id = p.id AND decided_at <= p.received_at + CAST(:age AS interval)
        ORDER BY attempt DESC LIMIT 1
    ) later ON true
    WHERE p.received_at >= :since AND p.received_at < :until
        AND coalesce(later.policy_id, p.policy_id) = ANY(:policy_ids)
)"""
#: Of what was drawn for people, and was not closed by the machine itself: the verdict then, or null.
JUDGED = """
judged AS MATERIALIZED (
    SELECT d.id, verdict.judgement
    FROM decided d JOIN cases c ON c.transaction_id = d.id
    LEFT JOIN LATERAL (
        SELECT v.judgement FROM verdicts v
        WHERE v.case_id = c.id AND v.judgement <> 'escalate' AND v.judged_at <= d.matured_at
            AND NOT EXISTS (
                SELECT FROM verdicts newer
                WHERE newer.corrects_id = v.id AND newer.judged_at <= d.matured_at
            )
        ORDER BY v.id DESC LIMIT 1
    ) verdict ON true
    WHERE c.kind IN ('unknown', 'audit') AND c.state <> 'closed'
)"""
REPORTED = """
reported AS MATERIALIZED (
    SELECT d.id, l.label, l.source, l.propensity,
        first_value(l.label) OVER (PARTITION BY d.id ORDER BY l.learned_at DESC, l.id DESC) AS truth
    FROM decided d JOIN labels l ON l.transaction_id = d.id
    WHERE l.label <> 'withdrawn' AND l.recorded_at <= d.matured_at AND NOT EXISTS (
        SELECT FROM labels w
        WHERE w.transaction_id = l.transaction_id AND w.source = l.source AND w.label = 'withdrawn'
            AND w.recorded_at <= d.matured_at AND (w.learned_at, w.id) > (l.learned_at, l.id)
    )
)"""
#: Frauds known at that age, of decided payments.
KNOWN_FRAUDS = f"""
{JUDGED}, {REPORTED},
spoken AS (
    SELECT id, min(truth) AS truth, array_agg(source) FILTER (WHERE label = 'fraud') AS sources,
        array_agg(propensity) FILTER (WHERE label = 'fraud') AS propensities
    FROM reported GROUP BY id
),
frauds AS MATERIALIZED (
    SELECT d.id, d.received_at, d.matured_at, d.label, d.is_by_list, d.drawn_with,
        j.judgement IS NOT NULL AS is_judged,
        coalesce(s.sources, '{{}}') AS sources, coalesce(s.propensities, '{{}}') AS propensities
    FROM decided d
    LEFT JOIN (SELECT id, max(judgement) AS judgement FROM judged GROUP BY id) j ON j.id = d.id
    LEFT JOIN spoken s ON s.id = d.id
    WHERE coalesce(s.truth, j.judgement) = 'fraud'
)"""
# What a list decided is no error of bounds, and no success of theirs: no promise is about it.
FRAUDS = text(f"""
WITH {DECIDED}, {KNOWN_FRAUDS} SELECT * FROM frauds WHERE NOT is_by_list ORDER BY received_at, id
""")
DRAWS = text(f"""
WITH {DECIDED}, {JUDGED}
SELECT count(*) AS drawn, count(*) FILTER (WHERE judgement IS NULL) AS unanswered
FROM judged JOIN decided USING (id) WHERE NOT is_by_list
""")
# What waited for the model was decided later, and then by the lists of that moment.
BY_LISTS = text("""
SELECT count(*) FILTER (WHERE reason = 'blocked') AS blocked,
    count(*) FILTER (WHERE reason = 'allowed') AS allowed,
    count(*) FILTER (WHERE reason = 'allowed' AND (
        EXISTS (SELECT FROM standing_labels l WHERE l.transaction_id = d.id AND l.label = 'fraud')
        OR EXISTS (SELECT FROM standing_verdicts v WHERE v.transaction_id = d.id AND v.judgement = 'fraud')
    )) AS allowed_frauds
FROM (
    SELECT id, reason FROM payments WHERE list_entry_id IS NOT NULL AND policy_id = :policy_id
    UNION ALL
    SELECT transaction_id, reason FROM later_decisions
    WHERE list_entry_id IS NOT NULL AND policy_id = :policy_id
) d
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaturedFraud:
    """A fraud, and when it was old enough."""

    fraud: KnownFraud
    matured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """What policies decided, by when it was received: from `since`, before `until`; entering at `age`."""

    policy_ids: tuple[int, ...]
    since: datetime
    until: datetime
    age: timedelta

    @property
    def parameters(self) -> dict[str, Any]:
        """As the statements take them."""
        return {
            "policy_ids": list(self.policy_ids),
            "since": self.since,
            "until": self.until,
            "age": self.age,
        }


async def frauds(connection: AsyncConnection, arrivals: Arrivals) -> list[MaturedFraud]:
    """Return the frauds known at that age that no list decided, in order of arrival.

    Reports count before verdicts.
    """
    return [
        MaturedFraud(fraud=known_fraud(row), matured_at=row.matured_at)
        for row in await connection.execute(FRAUDS, arrivals.parameters)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ByLists:
    """Payments that lists decided while a policy did: they count for no promise, and are told beside it."""

    blocked: int
    allowed: int
    #: Known by now to be frauds.
    allowed_frauds: int


async def by_lists(connection: AsyncConnection, policy_id: int) -> ByLists:
    """Return what lists decided under a policy."""
    row = (await connection.execute(BY_LISTS, {"policy_id": policy_id})).one()
    return ByLists(blocked=row.blocked, allowed=row.allowed, allowed_frauds=row.allowed_frauds)


async def draws(connection: AsyncConnection, arrivals: Arrivals) -> tuple[int, int]:
    """Return how many were drawn for people, and how many of these had no verdict at that age.

    What a list decided is left out, here as among the frauds.
    """
    row = (await connection.execute(DRAWS, arrivals.parameters)).one()
    return row.drawn, row.unanswered


def known_fraud(row: Row[Any]) -> KnownFraud:
    """Return a row of `frauds` as it was known."""
    return KnownFraud(
        label=Label(row.label),
        drawn_with=row.drawn_with,
        is_judged=row.is_judged,
        reports=tuple(
            Report(source=source, propensity=propensity)
            for source, propensity in zip(row.sources, row.propensities, strict=True)
        ),
    )
