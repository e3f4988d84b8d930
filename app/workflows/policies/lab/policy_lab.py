"""The threshold lab: stored scores decided by another policy, its figures, and which labels change."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments import labels, summaries
from app.database.policies import policies
from app.database.policies.policies import PolicyVersion
from app.database.server.session import transaction
from app.scoring.arrays import Rows
from app.triage.certificate import Certificate
from app.triage.guard_rails import guard_rails, superseded
from app.triage.labels import LABELS, REASONS, Label
from app.triage.measured_rates import MeasuredRates
from app.triage.policies.policy import Policy
from app.triage.residual_risk import residual_risk
from app.triage.simulation.curves import (
    histogram,
    miss_rate_by_coverage,
    reliability,
)
from app.triage.simulation.queueing import load_by_hour
from app.triage.simulation.replay import (
    UNKNOWN,
    Replayed,
    ReplayTable,
    changed_rows,
    moves,
)
from app.triage.simulation.risk import Heaviest
from app.triage.simulation.window import FRAUD_TRUTH, LEGIT_TRUTH, NO_TRUTH, Window
from app.workflows.models.serving import Serving
from app.workflows.policies.lab.replay_windows import FRESH_FOR, ReplayWindows
from app.workflows.policies.lab.score_memory import ScoreMemory
from app.workflows.policies.lab.trials import (
    Carrier,
    Changed,
    ChangedTransaction,
    Curves,
    Simulation,
    Span,
)

LOOK_BACK = timedelta(days=7)
TRUTHS: Mapping[int, bool | None] = {NO_TRUTH: None, LEGIT_TRUTH: False, FRAUD_TRUTH: True}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Two policies over one window: the places of the transactions they label otherwise, newest first."""

    window: Window
    before: Replayed
    after: Replayed
    rows: Rows


class PolicyLab:
    """Simulates policies on past transactions; the active policy stays as it is."""

    def __init__(
        self,
        engine: AsyncEngine,
        serving: Serving,
        memory: ScoreMemory,
        *,
        clock: Callable[[], datetime],
        measured: Callable[[], Awaitable[MeasuredRates]],
    ) -> None:
        self._engine = engine
        self._serving = serving
        self._clock = clock
        self._measure = measured
        self._measured: tuple[datetime, MeasuredRates] | None = None
        self.windows = ReplayWindows(engine, memory, clock=clock)

    def usual_span(self) -> Span:
        """Return the window of the last days."""
        now = self._clock()
        return Span(since=now - LOOK_BACK, until=now)

    async def simulate(
        self,
        policy: Policy,
        span: Span,
        *,
        certificate: Certificate | None = None,
        parent_id: int | None = None,
    ) -> Simulation:
        """Return what this policy would have done in the window, beside the active one.

        `parent_id` is the version it was drafted from, where that matters for the warnings.
        """
        active = await self.active()
        laid = await self.windows.laid(policy.model_version, span)
        before = await self.windows.before(laid, active.policy, policy.model_version)
        after = await self.windows.replayed(laid, policy)
        observed = laid.bench.window.observed
        measured = await self.measured()
        warnings = guard_rails(policy, after.outcome, certificate, observed, measured)
        if parent_id is not None and parent_id != active.id:
            warnings = (*warnings, superseded(active.id))
        return Simulation(
            span=span,
            observed=observed,
            is_signable=observed.is_enough or not laid.held.history.is_enough,
            model_version=policy.model_version,
            transactions=laid.bench.window.size,
            held_since=_moment(laid.held.held_since),
            other_models=laid.held.other_models,
            active=active,
            before=before.outcome,
            after=after.outcome,
            moves=await asyncio.to_thread(moves, before.labels, after.labels),
            statement=residual_risk(after.outcome, certificate, observed=observed, currency=self.currency),
            warnings=warnings,
            carried_by=await self._carrier(after.outcome.risk.heaviest),
            currency=self.currency,
            measured=measured,
        )

    async def measured(self) -> MeasuredRates:
        """Return how often people are right, as fresh as `FRESH_FOR`."""
        now = self._clock()
        if self._measured is None or now - self._measured[0] >= FRESH_FOR:
            self._measured = (now, await self._measure())
        return self._measured[1]

    async def curves(self, policy: Policy, span: Span) -> Curves:
        """Return the pictures of the window under this policy."""
        laid = await self.windows.laid(policy.model_version, span)
        replayed = await self.windows.replayed(laid, policy)
        return await asyncio.to_thread(_drawn, laid.bench, policy, replayed)

    async def changed(
        self,
        policy: Policy,
        span: Span,
        *,
        before: Label | None,
        after: Label | None,
        offset: int,
        limit: int,
    ) -> Changed:
        """Return a page of the transactions this policy labels otherwise than the active one does."""
        comparison = await self.comparison(policy, span, before=before, after=after)
        return await self.page(comparison, offset=offset, limit=limit)

    async def comparison(
        self, policy: Policy, span: Span, *, before: Label | None, after: Label | None
    ) -> Comparison:
        """Return what this policy labels otherwise than the active one, to be read page by page.

        Whoever activates another version meanwhile changes nothing of it.
        """
        active = await self.active()
        laid = await self.windows.laid(policy.model_version, span)
        old = await self.windows.before(laid, active.policy, policy.model_version)
        new = await self.windows.replayed(laid, policy)
        rows = await asyncio.to_thread(changed_rows, old.labels, new.labels)
        for said, wanted in ((old.labels, before), (new.labels, after)):
            if wanted is not None:
                rows = rows[said[rows] == LABELS.index(wanted)]
        return Comparison(window=laid.bench.window, before=old, after=new, rows=rows)

    async def page(self, comparison: Comparison, *, offset: int, limit: int) -> Changed:
        """Return a page of a comparison."""
        window, old, new = comparison.window, comparison.before, comparison.after
        page = comparison.rows[offset : offset + limit]
        keys = window.keys[page].tolist()
        async with transaction(self._engine) as connection:
            by_key = await summaries.by_keys(connection, keys)
        return Changed(
            total=comparison.rows.size,
            transactions=tuple(
                ChangedTransaction(
                    transaction=by_key[key],
                    evidence=_finite(window.scores.evidence_fraud[row]),
                    before=LABELS[old.labels[row]],
                    after=LABELS[new.labels[row]],
                    reason=None if new.reasons is None else REASONS[new.reasons[row]],
                    is_fraud=TRUTHS[int(window.truths[row])],
                )
                for key, row in zip(keys, page.tolist(), strict=True)
            ),
        )

    async def _carrier(self, heaviest: Heaviest | None) -> Carrier | None:
        if heaviest is None:
            return None
        async with transaction(self._engine) as connection:
            told = (await summaries.by_keys(connection, [heaviest.key]))[heaviest.key]
            sources = await labels.sources(connection, [heaviest.key])
        return Carrier(
            transaction_id=told.transaction_id,
            client=told.client,
            source=sources.get(heaviest.key, ""),
            share=heaviest.share,
        )

    async def active(self) -> PolicyVersion:
        """Return the version that decides now."""
        pair = await self._serving.refresh()
        async with transaction(self._engine) as connection:
            return await policies.by_id(connection, pair.policy_id)

    @property
    def currency(self) -> str:
        """The currency of all amounts; empty where the model takes several."""
        currencies = self._serving.pair.model.schema.currencies
        return currencies[0] if len(currencies) == 1 else ""


def _drawn(bench: ReplayTable, policy: Policy, replayed: Replayed) -> Curves:
    window = bench.window
    audits = np.where(replayed.labels == UNKNOWN, 0.0, replayed.propensities)
    return Curves(
        miss_rate_by_coverage=miss_rate_by_coverage(bench, policy),
        histogram=histogram(bench),
        reliability=reliability(bench, replayed),
        hours=load_by_hour(
            window.decided_at, replayed.labels == UNKNOWN, audits, policy.staffing, window.observed
        ),
    )


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
