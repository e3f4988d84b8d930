"""Payments of one age that were scored by what decided and by a version in shadow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.policies.matured import DECIDED, KNOWN_FRAUDS, Arrivals, known_fraud
from app.triage.guarantee.truths import KnownFraud

PAIRS = text(f"""
WITH {DECIDED}, {KNOWN_FRAUDS}
SELECT d.probability AS champion, own.probability AS challenger, f.id IS NOT NULL AS is_fraud,
    f.label, f.drawn_with, f.is_judged, f.sources, f.propensities
FROM decided d
JOIN shadow_decisions s ON s.policy_id = :challenger AND s.transaction_id = d.id
JOIN shadow_scores own ON own.id = s.score_id
LEFT JOIN frauds f ON f.id = d.id
WHERE d.probability IS NOT NULL AND own.probability IS NOT NULL
ORDER BY d.received_at, d.id
""")
FIRST_IN_SHADOW = text("""
SELECT min(happened_at) FROM policy_events WHERE policy_id = :policy_id AND state = 'shadow'
""")
DECIDED_ONCE = text("""
SELECT DISTINCT p.id FROM policies p JOIN policy_events e ON e.policy_id = p.id AND e.state = 'active'
WHERE p.model_version = :model_version ORDER BY p.id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedScore:
    """What both said of a payment, as probabilities of fraud; the fraud it was known to be, if it was one."""

    champion: float
    challenger: float
    fraud: KnownFraud | None


async def paired_scores(
    connection: AsyncConnection, challenger_id: int, arrivals: Arrivals
) -> list[PairedScore]:
    """Return payments that both scored, in order of arrival, with the frauds known at their age."""
    found = await connection.execute(PAIRS, arrivals.parameters | {"challenger": challenger_id})
    return [
        PairedScore(
            champion=row.champion,
            challenger=row.challenger,
            fraud=known_fraud(row) if row.is_fraud else None,
        )
        for row in found
    ]


async def first_in_shadow(connection: AsyncConnection, policy_id: int) -> datetime | None:
    """Return when a version first entered shadow; None: it never did."""
    found: datetime | None = await connection.scalar(FIRST_IN_SHADOW, {"policy_id": policy_id})
    return found


async def decided_once(connection: AsyncConnection, model_version: str) -> Sequence[int]:
    """Return the policies of a model that ever decided, the oldest first."""
    return list(await connection.scalars(DECIDED_ONCE, {"model_version": model_version}))
