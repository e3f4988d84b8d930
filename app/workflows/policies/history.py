"""Reads policy versions with their simulations, shadow comparisons and history."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.payments import shadow_decisions
from app.database.payments.shadow_decisions import Disagreement, ShadowComparison
from app.database.policies import lifecycle, policies, simulations
from app.database.policies.lifecycle import PolicyEvent
from app.database.policies.policies import PolicyVersion
from app.database.policies.simulations import SimulationRecord, StoredSimulation
from app.database.server.session import transaction
from app.triage.guard_rails import AnsweredWarning
from app.triage.labels import Label
from app.triage.policies.order import Difference, differences
from app.triage.simulation.observed import Observed
from app.workflows.policies.lab.trials import Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One event of the history, with what the version changed."""

    event: PolicyEvent
    version: PolicyVersion
    #: Against the version it was drafted from; empty for a first one.
    differences: tuple[Difference, ...]


class PolicyHistory:
    """Reads policy versions and all that is kept of them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

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
            return await simulations.newest(connection, policy_id)

    async def previous(self) -> PolicyVersion | None:
        """Return the version a rollback would activate."""
        async with transaction(self._engine) as connection:
            policy_id = await lifecycle.previous_active(connection)
            return None if policy_id is None else await policies.by_id(connection, policy_id)

    async def last_activation(self) -> PolicyEvent | None:
        """Return how the version that decides now came to decide."""
        async with transaction(self._engine) as connection:
            return await lifecycle.last_activation(connection)

    async def compared(self, policy_id: int) -> ShadowComparison:
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
    ) -> list[HistoryEntry]:
        """Return what happened to all policies, or to one, the newest first, with what each changed."""
        async with transaction(self._engine) as connection:
            events = await lifecycle.events(connection, limit=limit, before_id=before_id, policy_id=policy_id)
            known: dict[int, PolicyVersion] = {}
            for event in events:
                await _read(connection, known, event.policy_id)
                await _read(connection, known, known[event.policy_id].parent_id)
        return [
            HistoryEntry(
                event=event, version=known[event.policy_id], differences=_changed(known, event.policy_id)
            )
            for event in events
        ]


async def _read(connection: AsyncConnection, known: dict[int, PolicyVersion], policy_id: int | None) -> None:
    if policy_id is not None and policy_id not in known:
        known[policy_id] = await policies.by_id(connection, policy_id)


def _changed(known: Mapping[int, PolicyVersion], policy_id: int) -> tuple[Difference, ...]:
    version = known[policy_id]
    if version.parent_id is None:
        return ()
    return differences(known[version.parent_id].policy, version.policy)


def record_of(simulation: Simulation) -> SimulationRecord:
    """Return what both policies did to the window, what moved, and what signing would mean."""
    return SimulationRecord(
        window_start=simulation.span.since,
        window_end=simulation.span.until,
        decisions=simulation.transactions,
        result={
            "active_version": simulation.active.id,
            "model_version": simulation.model_version,
            "currency": simulation.currency,
            "other_models": simulation.other_models,
            "observed": _observed(simulation.observed),
            "is_signable": simulation.is_signable,
            "before": asdict(simulation.before),
            "after": asdict(simulation.after),
            "moves": [asdict(move) for move in simulation.moves],
        },
        statement=asdict(simulation.statement),
        warnings=simulation.warnings,
    )


def _observed(observed: Observed) -> dict[str, Any]:
    return {"seconds": observed.seconds, "decisions": observed.decisions, "is_enough": observed.is_enough}


def answers_of(given: Sequence[AnsweredWarning]) -> list[dict[str, Any]]:
    """Return answered warnings as an event keeps them."""
    return [asdict(each) for each in given]
