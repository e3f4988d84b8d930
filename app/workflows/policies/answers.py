"""What has to be answered before a version moves on, and what an activation keeps of it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.policies import policies
from app.database.policies.policies import PolicyVersion
from app.triage.guard_rails import (
    NOT_KNOWN,
    AnsweredWarning,
    Guard,
    GuardWarning,
    answered,
    superseded,
)
from app.triage.policies.state import PolicyState
from app.workflows.policies.ground import Ground
from app.workflows.policies.history import answers_of

Answers = Mapping[Guard, str]


async def unanswered_of(
    connection: AsyncConnection, version: PolicyVersion, warnings: tuple[GuardWarning, ...]
) -> tuple[GuardWarning, ...]:
    """Return what the version's author has not answered; an old one that comes back undoes nothing unseen."""
    active_id = await policies.active_id(connection)
    is_new = version.state is not PolicyState.RETIRED
    if is_new and active_id is not None and active_id not in {version.parent_id, version.id}:
        warnings = (*warnings, superseded(active_id))
    by_author = {(each.guard, _of(each)) for each in version.warnings if each.guard not in NOT_KNOWN}
    return tuple(each for each in warnings if (each.guard, _of(each)) not in by_author)


def _of(warning: GuardWarning | AnsweredWarning) -> str:
    """Return what an answer is about: the one version it would undo, else all its guard says."""
    return warning.sentence if warning.guard is Guard.SUPERSEDED else ""


async def decided(
    connection: AsyncConnection, policy_id: int, ground: Ground, reason: str, answers: Answers
) -> dict[str, Any]:
    """Return what an activation keeps: what it was decided on, why, and the answers given."""
    version = await policies.by_id(connection, policy_id)
    given = answered(await unanswered_of(connection, version, ()), answers)
    return {"from": ground.active_id, "reason": reason, "answers": answers_of(given)}
