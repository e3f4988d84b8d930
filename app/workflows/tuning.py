"""Managers at work: look back, draft bounds, see what they would have done, let another one sign."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database import history, policies, policy_life
from app.database.history import Past
from app.database.policies import PolicyVersion
from app.database.session import transaction
from app.review.people import Account
from app.triage.policy import Fallback, Policy
from app.triage.policy_state import PolicyState
from app.triage.simulation.replay import LabelCounts, Replayed, replay
from app.workflows.modelling import Serving

DAY = timedelta(days=1)
LOOK_BACK = timedelta(days=7)
HISTOGRAM_BINS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChanges:
    """What a manager may set; all else is taken from the active policy."""

    approve_at_most: float
    decline_at_least: float
    spread_at_most: float | None
    novelty_at_most: float | None
    audit_share_approved: float
    audit_share_declined: float
    deadline_fallback: Fallback


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Past transactions whose fraud evidence lies in [low, high), by what is known of them."""

    low: float
    high: float
    unlabelled: int
    legit: int
    fraud: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What decides now, and what it has done."""

    active: PolicyVersion
    last_day: LabelCounts
    versions: list[PolicyVersion]
    histogram: tuple[Bin, ...]
    decisions_in_window: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What a change would have done to the last day's stored scores."""

    window_start: datetime
    window_end: datetime
    decisions: int
    replayed: Replayed

    def reviews_per_day(self, reviews: float) -> float:
        """Scale cases of the window to a day."""
        return reviews * (DAY / (self.window_end - self.window_start))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What the thresholds page does, over one database."""

    engine: AsyncEngine
    serving: Serving
    clock: Callable[[], datetime]

    async def overview(self, *, versions: int = 20) -> Overview:
        """Return the active policy, what it did, and the newest versions."""
        pair = await self.serving.refresh()
        now = self.clock()
        async with transaction(self.engine) as connection:
            past = await history.past(connection, model_version=pair.model.version, since=now - LOOK_BACK)
            return Overview(
                active=await policies.by_id(connection, pair.policy_id),
                last_day=await history.label_counts(connection, now - DAY),
                versions=await policies.newest(connection, limit=versions),
                histogram=_histogram(past),
                decisions_in_window=past.standings.size,
            )

    async def simulate(self, changes: PolicyChanges) -> Simulation:
        """Return what these values would have done in the last day; raises `PolicyImpossible`."""
        pair = await self.serving.refresh()
        changed = _changed(pair.policy, changes)
        now = self.clock()
        async with transaction(self.engine) as connection:
            past = await history.past(connection, model_version=pair.model.version, since=now - DAY)
        replayed = replay(past.scores, past.standings, past.is_known_fraud, before=pair.policy, after=changed)
        return Simulation(
            window_start=now - DAY, window_end=now, decisions=past.standings.size, replayed=replayed
        )

    async def draft(self, author: Account, changes: PolicyChanges, reason: str) -> int:
        """Keep new bounds, with what they would have done, for a second person to sign.

        Raises `PolicyImpossible`.
        """
        simulation = await self.simulate(changes)
        pair = self.serving.pair
        async with transaction(self.engine) as connection:
            now = self.clock()
            policy_id = await policies.draft(
                connection,
                _changed(pair.policy, changes),
                author_id=author.id,
                reason=reason,
                parent_id=pair.policy_id,
                certificate=await self._inherited(connection, changes, pair.policy_id),
                now=now,
            )
            await policy_life.move(connection, policy_id, PolicyState.SIMULATED, account_id=author.id, now=now)
        return policy_id

    async def activate(self, account: Account, policy_id: int) -> None:
        """Approve another person's version where it still needs that, and let it decide from now on.

        Raises `PolicyNotFound`, `OwnPolicyApproved` and `PolicyMoveRefused`.
        """
        async with transaction(self.engine) as connection:
            now = self.clock()
            version = await policies.by_id(connection, policy_id)
            if version.approved_at is None:
                await policy_life.move(
                    connection, policy_id, PolicyState.APPROVED, account_id=account.id, now=now
                )
            await policy_life.activate(connection, policy_id, account_id=account.id, now=now)
        await self.serving.refresh()

    async def retire(self, account: Account, policy_id: int) -> None:
        """Put a version away that does not decide.

        Raises `PolicyNotFound`, and `PolicyMoveRefused` for the active one.
        """
        async with transaction(self.engine) as connection:
            version = await policies.by_id(connection, policy_id)
            if version.state is PolicyState.ACTIVE:
                raise policy_life.PolicyMoveRefused
            await policy_life.move(
                connection, policy_id, PolicyState.RETIRED, account_id=account.id, now=self.clock()
            )

    async def _inherited(
        self, connection: AsyncConnection, changes: PolicyChanges, parent_id: int
    ) -> dict[str, object] | None:
        """The parent's certificate holds as long as the approve bound is no looser than the certified one."""
        parent = await policies.by_id(connection, parent_id)
        return parent.certificate if changes.approve_at_most <= parent.policy.approve_at_most else None


def _changed(policy: Policy, changes: PolicyChanges) -> Policy:
    return replace(policy, **asdict(changes))


def _kept(simulation: Simulation) -> dict[str, object]:
    """Return the simulation as it is stored with the version."""
    return {
        "window_start": simulation.window_start.isoformat(),
        "window_end": simulation.window_end.isoformat(),
        "decisions": simulation.decisions,
        **asdict(simulation.replayed),
    }


def _histogram(past: Past) -> tuple[Bin, ...]:
    evidence = past.scores.evidence_fraud
    is_scored = np.isfinite(evidence)
    if not is_scored.any():
        return ()
    edges = np.histogram_bin_edges(evidence[is_scored], bins=HISTOGRAM_BINS)
    legit, fraud = past.is_known_legit & is_scored, past.is_known_fraud & is_scored
    rest = is_scored & ~legit & ~fraud
    counts = [np.histogram(evidence[rows], bins=edges)[0].tolist() for rows in (rest, legit, fraud)]
    return tuple(
        Bin(low=float(low), high=float(high), unlabelled=unlabelled, legit=known_legit, fraud=known_fraud)
        for low, high, unlabelled, known_legit, known_fraud in zip(
            edges[:-1], edges[1:], *counts, strict=True
        )
    )
