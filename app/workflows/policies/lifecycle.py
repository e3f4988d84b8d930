"""The life of a policy version: drafted, simulated, in shadow, signed by a second person, active, retired."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.artifacts import ArtifactRefused
from app.database.policies import lifecycle, policies, simulations
from app.database.policies.lifecycle import PolicyMoveRefused
from app.database.policies.policies import PolicyVersion
from app.database.server.session import transaction
from app.observability.logs import logger_of
from app.review.access.people import Account
from app.triage.guard_rails import GuardWarning, answered
from app.triage.policies.approval import OwnPolicyApproved, is_second_person
from app.triage.policies.state import PolicyState
from app.workflows.models.schema_fit import SchemaFit, fit_of_recent_payments
from app.workflows.models.serving import Serving
from app.workflows.policies.answers import Answers, decided, unanswered_of
from app.workflows.policies.drafts import PolicyDrafts
from app.workflows.policies.ground import Ground, moving
from app.workflows.policies.history import answers_of
from app.workflows.policies.lab.policy_lab import PolicyLab
from app.workflows.policies.refusals import (
    ActivationInThePast,
    GroundChanged,
    ModelUnusable,
    NothingToRollBackTo,
    StatementEmpty,
    StatementMissing,
    StatementOutdated,
    TooManyShadows,
)

logger = logger_of(__name__)

# Each shadow decides every payment, too: more than a few would cost the live ones time.
MOST_SHADOWS = 3


class PolicyLifecycle(PolicyDrafts):
    """Moves policy versions through their life; every move is kept with who made it, when and why."""

    def __init__(
        self, engine: AsyncEngine, serving: Serving, lab: PolicyLab, *, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(engine, lab, clock=clock)
        self._serving = serving

    async def start_shadow(self, account: Account, policy_id: int, ground: Ground) -> None:
        """Let a version decide beside the active one, without effect.

        Raises `PolicyNotFound`, `ModelUnusable`, `GroundChanged`, `PolicyMoveRefused` and `TooManyShadows`.
        """
        await self._check_model(policy_id)
        async with self._moving(ground, policy_id) as connection:
            if len(await policies.shadows(connection)) >= MOST_SHADOWS:
                raise TooManyShadows
            await lifecycle.move(
                connection, policy_id, PolicyState.SHADOW, account_id=account.id, now=self._clock()
            )
        await self._serving.refresh()

    async def end_shadow(self, account: Account, policy_id: int, ground: Ground) -> None:
        """Let a version decide nothing again; what it decided in shadow stays on record.

        Raises `PolicyNotFound`, `GroundChanged` and `PolicyMoveRefused`.
        """
        await self._take_back(account, policy_id, ground, PolicyState.SHADOW, to=PolicyState.SIMULATED)
        await self._serving.refresh()

    async def approve(
        self, account: Account, policy_id: int, ground: Ground, *, simulation_id: int, answers: Answers
    ) -> None:
        """Sign for a version: for the very statement that was read.

        Raises `PolicyNotFound`, `GroundChanged`, `OwnPolicyApproved`, `PolicyMoveRefused`,
        `StatementOutdated`, `StatementMissing`, `StatementEmpty`, and `WarningsUnanswered` for what its
        author has not answered, or what only the signer can: that nothing is known.
        """
        async with self._moving(ground, policy_id) as connection:
            version = await policies.by_id(connection, policy_id)
            if not is_second_person(account.id, author_id=version.author_id):
                raise OwnPolicyApproved
            newest = await simulations.newest(connection, policy_id)
            if newest is None or newest.id != simulation_id:
                raise StatementOutdated(newest)
            if newest.record.statement is None:
                raise StatementMissing
            if newest.record.result.get("is_signable") is False:
                raise StatementEmpty
            given = answered(await unanswered_of(connection, version, newest.record.warnings), answers)
            await lifecycle.move(
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

    async def activate(
        self, account: Account, policy_id: int, ground: Ground, *, reason: str, answers: Answers
    ) -> None:
        """Let an approved version decide from now on, or an old one again.

        Raises `PolicyNotFound`, `ModelUnusable`, `GroundChanged`, `PolicyMoveRefused`, and
        `WarningsUnanswered` when it would undo what another version changed meanwhile.
        """
        await self._check_model(policy_id)
        async with self._moving(ground, policy_id) as connection:
            details = await decided(connection, policy_id, ground, reason, answers)
            await lifecycle.activate(
                connection, policy_id, account_id=account.id, now=self._clock(), details=details
            )
        await self._serving.refresh()

    async def schedule(
        self,
        account: Account,
        policy_id: int,
        ground: Ground,
        at: datetime,
        *,
        reason: str,
        answers: Answers,
    ) -> None:
        """Let an approved version decide from a moment on.

        Raises as `activate`, and `ActivationInThePast`.
        """
        await self._check_model(policy_id)
        async with self._moving(ground, policy_id) as connection:
            # Only now: whoever waits for another's move must not schedule what has passed meanwhile.
            now = self._clock()
            if at <= now:
                raise ActivationInThePast
            details = await decided(connection, policy_id, ground, reason, answers)
            await lifecycle.schedule(
                connection, policy_id, at, account_id=account.id, now=now, details=details
            )

    async def unschedule(self, account: Account, policy_id: int, ground: Ground) -> None:
        """Take a scheduled activation back; the version stays approved.

        Raises `PolicyNotFound`, `GroundChanged` and `PolicyMoveRefused`.
        """
        await self._take_back(account, policy_id, ground, PolicyState.SCHEDULED, to=PolicyState.APPROVED)

    async def retire(self, account: Account, policy_id: int, ground: Ground) -> None:
        """Archive a version that is not active.

        Raises `PolicyNotFound`, `GroundChanged`, and `PolicyMoveRefused` for the active one.
        """
        async with self._moving(ground, policy_id) as connection:
            version = await policies.by_id(connection, policy_id)
            if version.state is PolicyState.ACTIVE:
                raise PolicyMoveRefused
            await lifecycle.move(
                connection, policy_id, PolicyState.RETIRED, account_id=account.id, now=self._clock()
            )
        await self._serving.refresh()

    async def roll_back(self, account: Account, ground: Ground, *, reason: str, to: int | None = None) -> int:
        """Let the version decide again that decided before; return its id.

        `to` is the version somebody was told it would be. Raises `GroundChanged`, also where it is
        another one by now, `NothingToRollBackTo`, and `ModelUnusable`.
        """
        async with self._moving(ground, None) as connection:
            previous = await lifecycle.previous_active(connection)
            if to is not None and previous != to:
                raise GroundChanged(await lifecycle.last_activation(connection))
            if previous is None:
                raise NothingToRollBackTo
            await self._check_version(await policies.by_id(connection, previous))
            await lifecycle.activate(
                connection,
                previous,
                account_id=account.id,
                now=self._clock(),
                details={"rollback": True, "from": ground.active_id, "reason": reason},
            )
        await self._serving.refresh()
        return previous

    async def activate_due(self) -> None:
        """Activate what was scheduled for a moment that has come; of all processes one does it.

        Where another version decides than when it was scheduled, somebody has changed their mind
        meanwhile: the version waits for a person again, as approved; and so where its model cannot be loaded.
        """
        async with transaction(self._engine) as connection:
            now = self._clock()
            if not await lifecycle.is_due(connection, now):
                return
            await lifecycle.lock_moves(connection)
            due = await lifecycle.due(connection, now)
            if due is None:
                return
            active_id = await lifecycle.lock_active(connection)
            refusal = await self._refusal_of(await policies.by_id(connection, due.policy_id))
            if active_id == due.active_then and not refusal:
                await lifecycle.activate(
                    connection,
                    due.policy_id,
                    account_id=due.scheduled_by,
                    now=now,
                    details={"scheduled": True},
                )
            else:
                await lifecycle.move(
                    connection,
                    due.policy_id,
                    PolicyState.APPROVED,
                    account_id=due.scheduled_by,
                    now=now,
                    details={"model_unusable": refusal} if refusal else {"superseded_by": active_id},
                )
        await self._serving.refresh()

    async def schema_fit(self, version: PolicyVersion) -> SchemaFit | None:
        """Return how the last payments fit a version's model; None where it cannot be loaded."""
        name = version.policy.model_version
        return (await fit_of_recent_payments(self._engine, self._serving.shelf, [name])).get(name)

    async def misfits(self) -> tuple[str, ...]:
        """Return warnings of models that decide, with effect or in shadow, and that payments do not fit."""
        pairs = (self._serving.pair, *self._serving.shadows)
        names = tuple(dict.fromkeys(pair.model.version for pair in pairs))
        fits = await fit_of_recent_payments(self._engine, self._serving.shelf, names)
        return tuple(fit.warning for fit in fits.values() if fit.warning)

    async def unanswered(
        self, version: PolicyVersion, warnings: tuple[GuardWarning, ...] = ()
    ) -> tuple[GuardWarning, ...]:
        """Return what has to be answered before a version moves on, of these warnings and by itself."""
        async with transaction(self._engine) as connection:
            return await unanswered_of(connection, version, warnings)

    async def _check_model(self, policy_id: int) -> None:
        """Raise `PolicyNotFound`, and `ModelUnusable` before anything depends on a model that is not here."""
        async with transaction(self._engine) as connection:
            version = await policies.by_id(connection, policy_id)
        await self._check_version(version)

    async def _check_version(self, version: PolicyVersion) -> None:
        if refusal := await self._refusal_of(version):
            raise ModelUnusable(refusal)
        fit = await self.schema_fit(version)
        if fit is not None and fit.unfit:
            logger.warning(
                "payments do not fit the schema of a version's model",
                policy_version=version.id,
                model_version=fit.model_version,
                count=fit.unfit,
            )

    async def _refusal_of(self, version: PolicyVersion) -> str:
        """Return why the model of a version cannot be loaded here; empty where it can."""
        try:
            await self._serving.check_usable(version)
        except ArtifactRefused as refused:
            return str(refused)
        return ""

    def _moving(self, ground: Ground, policy_id: int | None) -> AbstractAsyncContextManager[AsyncConnection]:
        return moving(self._engine, ground, policy_id)

    async def _take_back(
        self, account: Account, policy_id: int, ground: Ground, state: PolicyState, *, to: PolicyState
    ) -> None:
        """Move a version that is in this very state: from others the same move would mean something else."""
        async with self._moving(ground, policy_id) as connection:
            version = await policies.by_id(connection, policy_id)
            if version.state is not state:
                raise PolicyMoveRefused
            await lifecycle.move(connection, policy_id, to, account_id=account.id, now=self._clock())


#: A move that asks for nothing but what was seen.
PlainMove = Callable[[PolicyLifecycle, Account, int, Ground], Awaitable[None]]
