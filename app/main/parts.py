"""What the services of all wings are made of."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.history.keys import audit_secret
from app.database.server.session import transaction
from app.main.card_numbers import card_number_rule
from app.observability.metrics import Metrics
from app.review.card_numbers.rule import CardNumberRule
from app.settings import Settings
from app.workflows.database_watch import DatabaseWatch
from app.workflows.models.serving import LoadedModels, Serving
from app.workflows.payments.exchange_rates import ExchangeRates, draw_what_waits
from app.workflows.payments.feed_watch import FeedMonitor
from app.workflows.payments.lists_in_force import ListsInForce
from app.workflows.payments.opening import Opening
from app.workflows.payments.recovery import Recovery
from app.workflows.payments.scoring import GuardedScorer


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """One database, the clock, and the models on the disk."""

    settings: Settings
    #: Of the database, with its password.
    url: str
    engine: AsyncEngine
    #: For batches: each statement on it is a transaction of its own.
    statements: AsyncEngine
    watch: DatabaseWatch
    shelf: LoadedModels
    clock: Callable[[], datetime]
    metrics: Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The foundation, and what more than one wing needs."""

    base: Foundation
    draws: np.random.Generator
    serving: Serving
    scorer: GuardedScorer
    lists_in_force: ListsInForce
    exchange: ExchangeRates
    opening: Opening
    feeds: FeedMonitor
    recovery: Recovery
    card_numbers: CardNumberRule


async def parts_of(base: Foundation) -> Parts:
    """Make the parts; what opened before stands where it would if it opened so."""
    settings, engine = base.settings, base.engine
    draws = np.random.default_rng(settings.seed if settings.seed is not None else secrets.randbits(128))
    serving = Serving(engine, base.shelf)
    await serving.refresh()
    scorer = a_scorer(base, metrics=base.metrics)
    lists_in_force = ListsInForce(engine, monotonic=time.monotonic)
    await lists_in_force.refresh()
    exchange = ExchangeRates(
        engine, base=settings.base_currency, unrated_loss=settings.urgent_from, clock=base.clock
    )
    await exchange.refresh()
    opening = Opening(
        blind_share=settings.blind_share,
        blind_draws=draws.spawn(1)[0],
        audit_draws=draws,
        audit_secret=await _audit_secret(engine),
        rates=lambda: exchange.table,
        unrated_loss=settings.urgent_from,
    )
    await draw_what_waits(engine, serving, opening, now=base.clock())
    feeds, recovery = _guards(base, serving, scorer, opening, lists_in_force)
    return Parts(
        base=base, draws=draws, serving=serving, scorer=scorer, lists_in_force=lists_in_force,
        exchange=exchange, opening=opening, feeds=feeds, recovery=recovery,
        card_numbers=card_number_rule(settings),
    )  # fmt: skip


async def _audit_secret(engine: AsyncEngine) -> bytes:
    async with transaction(engine) as connection:
        return await audit_secret(connection)


def a_scorer(base: Foundation, *, metrics: Metrics | None = None) -> GuardedScorer:
    """Return a scorer that gives up after the time the settings allow."""
    return GuardedScorer(timeout_seconds=base.settings.scoring_timeout_ms / 1000, metrics=metrics)


def _guards(
    base: Foundation, serving: Serving, scorer: GuardedScorer, opening: Opening, lists_in_force: ListsInForce
) -> tuple[FeedMonitor, Recovery]:
    """Return what notices wrong feeds, and what works off cases without a score: they share a backlog."""
    feeds = FeedMonitor(base.engine, serving, clock=base.clock)
    recovery = Recovery(
        base.engine,
        serving,
        scorer,
        lists_in_force=lists_in_force,
        clock=base.clock,
        opening=opening,
        most_waiting=base.settings.unavailable_backlog,
        wrong_feeds=feeds.wrong_clients,
        others_waiting=lambda: feeds.seen.waiting,
    )
    return feeds, recovery
