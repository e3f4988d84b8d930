"""What this installation knows of each model: since when, by which fingerprint, and which policies it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.policies import policies
from app.database.policies.policies import PolicyVersion
from app.database.tables.policies import PolicyRow
from app.triage.policies.state import PolicyState

# Of many versions in one state the newest speaks for them.
STANDINGS = text("""
SELECT m.version, m.sha256, m.registered_at, p.state, max(p.id) AS policy_id,
    coalesce(bool_or(p.approved_by IS NOT NULL), false) AS is_signed
FROM models m LEFT JOIN policies p ON p.model_version = m.version
GROUP BY m.version, p.state
ORDER BY m.version, policy_id DESC
""")

ACTIVE_FEATURES = text("""
SELECT m.card->'schema'->'names' AS names
FROM active_policy a JOIN policies p ON p.id = a.policy_id JOIN models m ON m.version = p.model_version
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The newest policy version of a model in one state."""

    policy_id: int
    state: PolicyState
    #: Whether a version in this state was ever signed: what was not never decided.
    is_signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModel:
    """A model this installation knows."""

    sha256: str
    registered_at: datetime
    #: One for each state its policies are in, the newest first.
    standings: tuple[Standing, ...]


async def registered(connection: AsyncConnection) -> dict[str, RegisteredModel]:
    """Return all models known here, by their versions."""
    found: dict[str, RegisteredModel] = {}
    for row in await connection.execute(STANDINGS):
        before = found[row.version].standings if row.version in found else ()
        found[row.version] = RegisteredModel(
            sha256=row.sha256,
            registered_at=row.registered_at,
            standings=(*before, *_standing(row.policy_id, row.state, is_signed=row.is_signed)),
        )
    return found


async def active_features(connection: AsyncConnection) -> tuple[str, ...]:
    """Return the names of what the active policy's model reads; none before the first start."""
    return tuple(await connection.scalar(ACTIVE_FEATURES) or ())


async def unretired(connection: AsyncConnection, model_version: str) -> Sequence[PolicyVersion]:
    """Return the policy versions of a model that are not archived, the oldest first."""
    wanted = (
        select(PolicyRow.id)
        .where(PolicyRow.model_version == model_version, PolicyRow.state != PolicyState.RETIRED)
        .order_by(PolicyRow.id)
    )
    return [await policies.by_id(connection, policy_id) for policy_id in await connection.scalars(wanted)]


def _standing(policy_id: int | None, state: str | None, *, is_signed: bool) -> tuple[Standing, ...]:
    if policy_id is None or state is None:
        return ()
    return (Standing(policy_id=policy_id, state=PolicyState(state), is_signed=is_signed),)
