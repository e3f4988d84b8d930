"""The life of a policy version: drafted, simulated, in shadow, signed by a second person, active, retired."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database import policies, policy_life, policy_simulations, shadow_decisions
from app.database.policies import PolicyVersion
from app.database.policy_life import PolicyEvent, PolicyMoveRefused
from app.database.policy_simulations import StoredSimulation
from app.database.session import transaction
from app.database.shadow_decisions import Compared, Disagreement
from app.review.people import Account
from app.triage.certificate import Certificate
from app.triage.guard_rails import AnsweredWarning, Guard, GuardWarning, answered, superseded
from app.triage.labels import Label
from app.triage.policy import Policy
from app.triage.policy_order import Difference, differences
from app.triage.policy_state import PolicyState
from app.workflows.modelling import Serving
from app.workflows.policy_lab import PolicyLab, Span
from app.workflows.simulation_record import answers_of, record_of

Answers = Mapping[Guard, str]

# Each shadow decides every payment, too: more than a few would cost the live ones time.
MOST_SHADOWS = 3


class StatementOutdated(Exception):
    """This version was simulated anew since you read its residual risk: read the newest statement."""


class TooManyShadows(Exception):
    """Three versions are in shadow already: end one of them first."""


class NothingToRollBackTo(Exception):
    """No version decided before this one."""


class ActivationInThePast(Exception):
    """An activation can be scheduled for a moment to come only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a manager wants to keep: a policy, why, and the answers to what speaks against it."""

    policy: Policy
    reason: str
    #: The version whose values were changed.
    parent_id: int
    certificate: Certificate | None
    answers: Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One event of the history, with what the version changed."""

    event: PolicyEvent
    version: PolicyVersion
    #: Against the version it was drafted from; empty for a first one.
    differences: tuple[Difference, ...]


class PolicyLife:
    """Moves policy versions through their life; every move is kept with who made it, when and why."""

    def __init__(
        self, engine: AsyncEngine, serving: Serving, lab: PolicyLab, *, clock: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._serving = serving
        self._lab = lab
        self._clock = clock

    async def draft(self, author: Account, draft: Draft, span: Span) -> int:
        """Keep a policy as a new version, with what it would have done; return its id.

        Raises `WarningsUnanswered`, `PolicyNotFound` (the parent) and `ModelUnknown`.
        """
        simulation = await self._lab.simulate(
            draft.policy, span, certificate=draft.certificate, parent_id=draft.parent_id
        )
        warnings = answered(simulation.warnings, draft.answers)
        async with transaction(self._engine) as connection:
            now = self._clock()
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
            await policy_simulations.add(
                connection, policy_id, record_of(simulation), account_id=author.id, now=now
            )
            await policy_life.move(
                connection, policy_id, PolicyState.SIMULATED, account_id=author.id, now=now
            )
        return policy_id

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
                await policy_life.move(
                    connection, policy_id, PolicyState.SIMULATED, account_id=account.id, now=now
                )
            return await policy_simulations.add(
                connection, policy_id, record_of(simulation), account_id=account.id, now=now
            )

    async def start_shadow(self, account: Account, policy_id: int) -> None:
        """Let a version decide beside the active one, without effect.

        Raises `PolicyNotFound`, `PolicyMoveRefused` and `TooManyShadows`.
        """
        async with transaction(self._engine) as connection:
            await policy_life.lock_moves(connection)
            if len(await policies.shadows(connection)) >= MOST_SHADOWS:
                raise TooManyShadows
            await policy_life.move(
                connection, policy_id, PolicyState.SHADOW, account_id=account.id, now=self._clock()
            )
        await self._serving.refresh()

    async def end_shadow(self, account: Account, policy_id: int) -> None:
        """Let a version decide nothing again; what it decided in shadow stays on record.

        Raises `PolicyNotFound` and `PolicyMoveRefused`.
        """
        await self._take_back(account, policy_id, PolicyState.SHADOW, to=PolicyState.SIMULATED)
        await self._serving.refresh()

    async def approve(
        self, account: Account, policy_id: int, *, simulation_id: int, answers: Answers
    ) -> None:
        """Sign for a version: for the very statement that was read.

        Raises `PolicyNotFound`, `OwnPolicyApproved`, `PolicyMoveRefused`, `StatementOutdated`, and
        `WarningsUnanswered` for what its author has not answered.
        """
        async with transaction(self._engine) as connection:
            version = await policies.by_id(connection, policy_id, for_update=True)
            newest = await policy_simulations.newest(connection, policy_id)
            if newest is None or newest.id != simulation_id:
                raise StatementOutdated
            given = await self._answered(connection, version, newest.record.warnings, answers)
            await policy_life.move(
                connection,
                policy_id,
                PolicyState.APPROVED,
                account_id=account.id,
                now=self._clock(),
                details={
                    "simulation_id": newest.id,
                    "statement": newest.record.statement,
                    "answers": answers_of(given),
                },
            )

    async def activate(self, account: Account, policy_id: int, *, answers: Answers) -> None:
        """Let an approved version decide from now on, or an old one again.

        Raises `PolicyNotFound`, `PolicyMoveRefused`, and `WarningsUnanswered` when it would undo what
        another version changed meanwhile.
        """
        async with transaction(self._engine) as connection:
            await policy_life.lock_moves(connection)
            version = await policies.by_id(connection, policy_id, for_update=True)
            given = await self._answered(connection, version, (), answers)
            await policy_life.activate(
                connection, policy_id, account_id=account.id, now=self._clock(), details=_details(given)
            )
        await self._serving.refresh()

    async def schedule(self, account: Account, policy_id: int, at: datetime, *, answers: Answers) -> None:
        """Let an approved version decide from a moment on.

        Raises as `activate`, and `ActivationInThePast`.
        """
        now = self._clock()
        if at <= now:
            raise ActivationInThePast
        async with transaction(self._engine) as connection:
            version = await policies.by_id(connection, policy_id, for_update=True)
            given = await self._answered(connection, version, (), answers)
            await policy_life.schedule(
                connection, policy_id, at, account_id=account.id, now=now, details=_details(given)
            )

    async def unschedule(self, account: Account, policy_id: int) -> None:
        """Take a scheduled activation back; the version stays approved.

        Raises `PolicyNotFound` and `PolicyMoveRefused`.
        """
        await self._take_back(account, policy_id, PolicyState.SCHEDULED, to=PolicyState.APPROVED)

    async def retire(self, account: Account, policy_id: int) -> None:
        """Put a version away that does not decide.

        Raises `PolicyNotFound`, and `PolicyMoveRefused` for the active one.
        """
        async with transaction(self._engine) as connection:
            version = await policies.by_id(connection, policy_id, for_update=True)
            if version.state is PolicyState.ACTIVE:
                raise PolicyMoveRefused
            await policy_life.move(
                connection, policy_id, PolicyState.RETIRED, account_id=account.id, now=self._clock()
            )
        await self._serving.refresh()

    async def roll_back(self, account: Account) -> int:
        """Let the version decide again that decided before; return its id.

        Raises `NothingToRollBackTo`.
        """
        async with transaction(self._engine) as connection:
            await policy_life.lock_moves(connection)
            previous = await policy_life.previous_active(connection)
            if previous is None:
                raise NothingToRollBackTo
            await policy_life.activate(
                connection, previous, account_id=account.id, now=self._clock(), details={"rollback": True}
            )
        await self._serving.refresh()
        return previous

    async def activate_due(self) -> None:
        """Activate what was scheduled for a moment that has come; of all processes one does it."""
        async with transaction(self._engine) as connection:
            now = self._clock()
            due = await policy_life.due(connection, now)
            if due is None:
                return
            await policy_life.activate(
                connection, due.policy_id, account_id=due.scheduled_by, now=now, details={"scheduled": True}
            )
        await self._serving.refresh()

    async def version(self, policy_id: int) -> PolicyVersion:
        """Return one version; raises `PolicyNotFound`."""
        async with transaction(self._engine) as connection:
            return await policies.by_id(connection, policy_id)

    async def versions(self, *, limit: int = 20, before_id: int | None = None) -> list[PolicyVersion]:
        """Return the newest versions first."""
        async with transaction(self._engine) as connection:
            return await policies.newest(connection, limit=limit, before_id=before_id)

    async def newest_simulation(self, policy_id: int) -> StoredSimulation | None:
        """Return what was kept last of what a version would have done."""
        async with transaction(self._engine) as connection:
            return await policy_simulations.newest(connection, policy_id)

    async def previous(self) -> PolicyVersion | None:
        """Return the version a rollback would activate."""
        async with transaction(self._engine) as connection:
            policy_id = await policy_life.previous_active(connection)
            return None if policy_id is None else await policies.by_id(connection, policy_id)

    async def compared(self, policy_id: int) -> Compared:
        """Return what a version said in shadow beside what was decided, with what is known since."""
        async with transaction(self._engine) as connection:
            return await shadow_decisions.compared(connection, policy_id)

    async def disagreements(
        self,
        policy_id: int,
        *,
        live: Label | None,
        shadow: Label | None,
        limit: int,
        before: int | None = None,
    ) -> list[Disagreement]:
        """Return transactions a version labelled otherwise in shadow, the newest first."""
        async with transaction(self._engine) as connection:
            return await shadow_decisions.disagreements(
                connection, policy_id, live=live, shadow=shadow, limit=limit, before=before
            )

    async def history(
        self, *, limit: int = 50, before_id: int | None = None, policy_id: int | None = None
    ) -> list[Chapter]:
        """Return what happened to all policies, or to one, the newest first, with what each changed."""
        async with transaction(self._engine) as connection:
            events = await policy_life.events(
                connection, limit=limit, before_id=before_id, policy_id=policy_id
            )
            known: dict[int, PolicyVersion] = {}
            for event in events:
                await _read(connection, known, event.policy_id)
                await _read(connection, known, known[event.policy_id].parent_id)
        return [
            Chapter(event=event, version=known[event.policy_id], differences=_changed(known, event.policy_id))
            for event in events
        ]

    async def _answered(
        self,
        connection: AsyncConnection,
        version: PolicyVersion,
        warnings: tuple[GuardWarning, ...],
        answers: Answers,
    ) -> tuple[AnsweredWarning, ...]:
        """Return the answers to what the version's author has not answered."""
        active_id = await policies.active_id(connection)
        is_new = version.state is not PolicyState.RETIRED
        if is_new and active_id is not None and active_id not in {version.parent_id, version.id}:
            warnings = (*warnings, superseded(active_id))
        by_author = {each.guard for each in version.warnings}
        return answered([each for each in warnings if each.guard not in by_author], answers)

    async def _take_back(
        self, account: Account, policy_id: int, state: PolicyState, *, to: PolicyState
    ) -> None:
        """Move a version that is in this very state: from others the same move would mean something else."""
        async with transaction(self._engine) as connection:
            version = await policies.by_id(connection, policy_id, for_update=True)
            if version.state is not state:
                raise PolicyMoveRefused
            await policy_life.move(connection, policy_id, to, account_id=account.id, now=self._clock())


def _details(given: tuple[AnsweredWarning, ...]) -> dict[str, Any] | None:
    return {"answers": answers_of(given)} if given else None


async def _read(connection: AsyncConnection, known: dict[int, PolicyVersion], policy_id: int | None) -> None:
    if policy_id is not None and policy_id not in known:
        known[policy_id] = await policies.by_id(connection, policy_id)


def _changed(known: Mapping[int, PolicyVersion], policy_id: int) -> tuple[Difference, ...]:
    version = known[policy_id]
    if version.parent_id is None:
        return ()
    return differences(known[version.parent_id].policy, version.policy)
