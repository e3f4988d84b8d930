"""Drafts of policies: stored with their simulation, which can be run again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.policies import lifecycle, policies, simulations
from app.database.server.session import transaction
from app.review.access.people import Account
from app.triage.certificate import Certificate
from app.triage.guard_rails import AnsweredWarning, answered
from app.triage.policies.document import check_digest
from app.triage.policies.policy import Policy
from app.triage.policies.state import PolicyState
from app.workflows.policies.answers import Answers
from app.workflows.policies.history import PolicyHistory, record_of
from app.workflows.policies.lab.policy_lab import PolicyLab
from app.workflows.policies.lab.trials import Simulation, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a manager wants to keep: a policy, why, and the answers to what speaks against it."""

    policy: Policy
    reason: str
    #: The version whose values were changed.
    parent_id: int
    certificate: Certificate | None
    answers: Answers
    #: Of the policy its author was shown, where they were shown one.
    digest: str | None = None


class PolicyDrafts(PolicyHistory):
    """Keeps drafts and simulates versions; what is on record of them can be read here, too."""

    def __init__(self, engine: AsyncEngine, lab: PolicyLab, *, clock: Callable[[], datetime]) -> None:
        super().__init__(engine)
        self._lab = lab
        self._clock = clock

    async def draft(self, author: Account, draft: Draft, span: Span) -> int:
        """Keep a policy as a new version, with what it would have done; return its id.

        Raises `PolicyNotAsShown`, `WarningsUnanswered`, `PolicyNotFound` (the parent), and
        `PolicyImpossible` (its model).
        """
        if draft.digest is not None:
            check_digest(draft.policy, draft.digest)
        simulation = await self._lab.simulate(
            draft.policy, span, certificate=draft.certificate, parent_id=draft.parent_id
        )
        warnings = answered(simulation.warnings, draft.answers)
        async with transaction(self._engine) as connection:
            return await keep(connection, author, draft, simulation, warnings, now=self._clock())

    async def simulate(self, account: Account, policy_id: int, span: Span) -> int:
        """Simulate a version anew, on newer transactions and labels; return the id of what is kept.

        A draft becomes a simulated version by it. Raises `PolicyNotFound`.
        """
        version = await self.version(policy_id)
        simulation = await self._lab.simulate(version.policy, span, certificate=version.certificate)
        async with transaction(self._engine) as connection:
            now = self._clock()
            version = await policies.by_id(connection, policy_id, for_update=True)
            if version.state is PolicyState.DRAFT:
                await lifecycle.move(
                    connection, policy_id, PolicyState.SIMULATED, account_id=account.id, now=now
                )
            return await simulations.add(
                connection, policy_id, record_of(simulation), account_id=account.id, now=now
            )


async def keep(
    connection: AsyncConnection,
    author: Account,
    draft: Draft,
    simulation: Simulation,
    warnings: Sequence[AnsweredWarning],
    *,
    now: datetime,
) -> int:
    """Write a draft with what it would have done, as a simulated version; return its id.

    Raises `PolicyNotFound` (the parent).
    """
    await policies.by_id(connection, draft.parent_id)
    policy_id = await policies.draft(
        connection,
        draft.policy,
        author_id=author.id,
        reason=draft.reason,
        parent_id=draft.parent_id,
        certificate=draft.certificate,
        warnings=warnings,
        now=now,
    )
    await simulations.add(connection, policy_id, record_of(simulation), account_id=author.id, now=now)
    await lifecycle.move(connection, policy_id, PolicyState.SIMULATED, account_id=author.id, now=now)
    return policy_id
