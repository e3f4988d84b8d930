"""Figures that are read when somebody asks for the metrics: queue, pools, active versions, model."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.operations import figures
from app.database.operations.figures import WaitingCases
from app.database.server.session import DatabaseUnavailable, transaction
from app.review.queue.service_level import ServiceLevels
from app.workflows.models.serving import Serving
from app.workflows.payments.recovery import Recovery
from app.workflows.payments.scoring import GuardedScorer

# However often somebody asks, the database is asked this rarely.
PERIOD_SECONDS = 10.0
# A count that takes long is made more rarely: it gets a twentieth of one connection's time at most.
REST_PER_SECOND = 20.0
# Whoever scrapes waits no longer than this for a database that hangs.
PATIENCE_SECONDS = 5.0
QUEUE_LABELS = ("state", "kind", "priority")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    at: datetime
    waiting: list[WaitingCases]
    held_back_seconds: float


class OperatingFigures(Collector):
    """Reads figures that no event reports; those of the database are cached for a while."""

    def __init__(
        self,
        engines: Mapping[str, AsyncEngine],
        serving: Serving,
        scorer: GuardedScorer,
        recovery: Recovery,
        *,
        levels: ServiceLevels,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._engines = engines
        self._engine = next(iter(engines.values()))
        self._serving = serving
        self._scorer = scorer
        self._recovery = recovery
        self._levels = levels
        self._clock = clock
        self._monotonic = monotonic
        self._one_reads = asyncio.Lock()
        self._seen: _Seen | None = None
        self._due_at = 0.0

    async def refresh(self) -> None:
        """Ask the database again if it is time; while it is away its figures are missing, never old."""
        async with self._one_reads:
            began = self._monotonic()
            if began < self._due_at:
                return
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    self._seen = await self._read()
            except (DatabaseUnavailable, TimeoutError):
                self._seen = None
            took = self._monotonic() - began
            self._due_at = began + max(PERIOD_SECONDS, REST_PER_SECOND * took)

    async def _read(self) -> _Seen:
        now = self._clock()
        async with transaction(self._engine) as connection:
            waiting = await figures.waiting_cases(connection, self._levels, now)
            held_back = await figures.outcomes_held_back_seconds(connection)
        return _Seen(at=now, waiting=waiting, held_back_seconds=held_back)

    def describe(self) -> list[Metric]:
        """Say nothing of what is read later: there is no database yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give the figures as they are now, those of the database as they were last read."""
        seen = self._seen
        yield _gauge("tertium_database_up", "Whether the database answered.", seen is not None)
        if seen is not None:
            yield from _queue(seen)
            yield _gauge(
                "tertium_outcomes_held_back_seconds",
                "How long the oldest open transaction has been holding back outcomes.",
                seen.held_back_seconds,
            )
        yield _gauge("tertium_model_available", "Whether the model answers.", self._scorer.is_available)
        yield _gauge("tertium_cases_waiting_for_model", "Cases without a score.", self._recovery.waiting)
        yield InfoMetricFamily(
            "tertium_active",
            "Which model and policy decide.",
            {
                "model_version": self._serving.pair.model.version,
                "policy_version": str(self._serving.pair.policy_id),
            },
        )
        yield from self._pools()

    def _pools(self) -> Iterator[Metric]:
        in_use = GaugeMetricFamily("tertium_pool_in_use", "Database connections in use.", labels=("pool",))
        size = GaugeMetricFamily("tertium_pool_size", "Database connections there may be.", labels=("pool",))
        waiting = GaugeMetricFamily(
            "tertium_pool_waiting", "Requests that wait for a database connection.", labels=("pool",)
        )
        for name, engine in self._engines.items():
            pool: Any = engine.pool
            in_use.add_metric((name,), pool.checkedout())
            size.add_metric((name,), pool.size() + max(pool._max_overflow, 0))  # noqa: SLF001 - told nowhere else
            waiting.add_metric((name,), _waiting_for(pool))
        yield from (in_use, size, waiting)


def _waiting_for(pool: Any) -> int:
    """Return how many wait for a connection of a pool: SQLAlchemy tells nowhere, its queue knows."""
    getters = getattr(getattr(getattr(pool, "_pool", None), "_queue", None), "_getters", ())
    return sum(not each.done() for each in getters)


def _queue(seen: _Seen) -> Iterator[Metric]:
    depth = GaugeMetricFamily("tertium_queue_cases", "Cases that wait for a person.", labels=QUEUE_LABELS)
    oldest = GaugeMetricFamily(
        "tertium_queue_oldest_seconds", "For how long the oldest of them has waited.", labels=QUEUE_LABELS
    )
    for each in seen.waiting:
        labels = (each.state, each.kind, each.priority)
        depth.add_metric(labels, each.cases)
        oldest.add_metric(labels, max(0.0, (seen.at - each.oldest_opened_at).total_seconds()))
    yield from (depth, oldest)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))
