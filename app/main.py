"""The wiring: one place where everything is made and handed to what needs it."""

import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import numpy as np
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.access import accounts
from app.database.clock import DatabaseClock
from app.database.server.session import connect, connect_for_statements, transaction
from app.database.server.watch import begin_epoch
from app.observability.metrics import Metrics
from app.review.groups.judgement import SecondPerson
from app.settings import REPOSITORY, VERSION, Settings
from app.web.api.openapi import described
from app.web.errors import handle_errors, unexpected_answer
from app.web.middleware import BodyLimit, HeadAsGet, SecurityHeaders
from app.web.pages.assets import Assets
from app.web.proxies import BehindProxy
from app.web.request_log import RequestLog
from app.web.routers import API, PAGES
from app.web.services import (
    AccessServices,
    CaseServices,
    ModelServices,
    OperationServices,
    PaymentServices,
    PolicyServices,
    Services,
)
from app.workflows.access.accounts import People
from app.workflows.access.administration import Administration
from app.workflows.access.api_keys import ApiKeys, KeyAdministration
from app.workflows.access.revocations import AccessNews
from app.workflows.background import Pulse
from app.workflows.cases.case_groups import Campaigns
from app.workflows.cases.claims import Casework
from app.workflows.cases.explanations import Explaining
from app.workflows.cases.grouping import GroupFinding
from app.workflows.cases.linked_payments import LinkedPayments
from app.workflows.cases.lookup import LookingUp
from app.workflows.cases.qa_sampling import SecondLooks
from app.workflows.cases.similar_payments import KnownPayments
from app.workflows.cases.verdicts import Judging
from app.workflows.database_watch import DatabaseWatch
from app.workflows.loop_watch import LoopWatch
from app.workflows.models.serving import ModelShelf, Serving, bootstrap
from app.workflows.operations.case_lists import Supervising
from app.workflows.operations.figures import OperatingFigures
from app.workflows.operations.quality import Quality
from app.workflows.operations.queue_monitor import FloorWatch
from app.workflows.payments.exchange_rates import ExchangeRates, draw_what_waits
from app.workflows.payments.feed_watch import FeedWatching
from app.workflows.payments.intake import Intake
from app.workflows.payments.opening import Opening
from app.workflows.payments.outcome_news import OutcomeNews
from app.workflows.payments.recovery import Recovery
from app.workflows.payments.scoring import GuardedScorer
from app.workflows.payments.shadowing import ShadowScorer
from app.workflows.payments.transaction_status import Answering
from app.workflows.policies.lab import PolicyLab
from app.workflows.policies.lifecycle import PolicyLife
from app.workflows.policies.proposals import Proposing
from app.workflows.policies.score_memory import ScoreMemory


def create_app(settings: Settings, database_url: str, *, clock: DatabaseClock | None = None) -> FastAPI:
    """Return the application over a migrated database, on its clock; nothing is opened before it starts."""
    counted = Metrics()
    app = FastAPI(
        title="Tertium", version=VERSION, docs_url=None, redoc_url=None,
        lifespan=_lifespan(settings, database_url, clock or DatabaseClock(), counted),
        description="Fraud, legit, or a person decides.", redirect_slashes=False,
        strict_content_type=False,  # `web/api/json_bodies` says which media types are read
    )  # fmt: skip
    for router in (*API, *PAGES):
        app.include_router(router)
    app.mount("/static", Assets(directory=REPOSITORY / "app" / "web" / "static"), name="static")
    app.state.metrics = counted
    _add_middleware(app, settings, counted)
    handle_errors(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _lifespan(
    settings: Settings, database_url: str, clock: DatabaseClock, counted: Metrics
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with over_database(settings, database_url, clock, counted) as services:
                app.state.services = services
                yield
        except Exception as error:
            if not hasattr(app.state, "services"):
                app.state.start_fault = error  # the command tells it
            raise

    return lifespan


def _add_middleware(app: FastAPI, settings: Settings, counted: Metrics) -> None:
    """Let every request pass these, the last one first."""
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestLog, metrics=counted, when_unexpected=unexpected_answer)
    app.add_middleware(HeadAsGet)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(BehindProxy, public_url=settings.public_url, trusted=settings.trusted_proxies)


def end_streams(app: FastAPI) -> None:
    """Let what is sent without an end come to one, so that a server that stops need not wait for it."""
    services: Services = app.state.services
    services.operations.queue_monitor.end()
    services.payments.transaction_status.news.end()


@asynccontextmanager
async def over_database(
    settings: Settings, url: str, clock: DatabaseClock, counted: Metrics
) -> AsyncIterator[Services]:
    """Open a migrated database and run all services over it."""
    engine = connect(url, pool_size=settings.pool_size)
    statements = connect_for_statements(url)
    watching = connect(url, pool_size=1, max_overflow=1)
    shelf = ModelShelf(settings.models_dir, device=settings.device)
    try:
        async with transaction(engine) as connection:
            await clock.read(connection)
            await begin_epoch(connection)
        await bootstrap(engine, shelf, clock)
        watch = DatabaseWatch(watching, clock)
        made = running(settings, engine, statements, watch, shelf, clock, counted)
        async with LoopWatch(counted), made as services:
            yield services
    finally:
        for each in (watching, statements, engine):
            await each.dispose()


@asynccontextmanager
async def running(
    settings: Settings,
    engine: AsyncEngine,
    statements: AsyncEngine,
    watch: DatabaseWatch,
    shelf: ModelShelf,
    clock: Callable[[], datetime],
    counted: Metrics,
) -> AsyncIterator[Services]:
    """Make all services, start what runs beside requests, and stop it in the reverse order."""
    draws = np.random.default_rng(settings.seed if settings.seed is not None else secrets.randbits(128))
    serving = Serving(engine, shelf)
    await serving.refresh()
    scorer = GuardedScorer(timeout_seconds=settings.scoring_timeout_ms / 1000, metrics=counted)
    exchange, opening = await _opening(engine, serving, settings, clock, draws)
    feeds, recovery = _guards(engine, serving, scorer, settings, clock, opening)
    intake = Intake(
        engine,
        statements,
        serving,
        scorer,
        shadow_scorer=ShadowScorer(
            timeout_seconds=settings.scoring_timeout_ms / 1000, monotonic=time.monotonic
        ),
        clock=clock,
        opening=opening,
        is_backlog_full=recovery.is_backlog_full,
        wrong_feeds=feeds.wrong_clients,
        metrics=counted,
    )
    judging = _judging(engine, serving, settings, clock, opening, draws, counted)
    neighbours = KnownPayments(engine, serving, clock=clock)
    bench = _bench(engine, serving, shelf, clock)
    news = OutcomeNews()
    doors = _doors(engine, settings, clock)
    pulse = Pulse(
        statements=statements,
        watch=watch,
        serving=serving,
        scorer=scorer,
        recovery=recovery,
        works={
            "settle deadlines": judging.settle_deadlines,
            "settle verdicts": judging.settle_due,
            "follow what is known": neighbours.refresh,
            "activate what is due": bench.lifecycle.activate_due,
            "follow exchange rates": exchange.refresh,
            "watch feeds": feeds.tick,
            "forget failed logins": doors.people.forget_attempts,
            "note which keys are used": lambda: doors.api_keys.note_use(clock()),
        },
        news=news,
        on_access_changed=doors.tell,
        metrics=counted,
    )
    services = Services(
        clock=clock,
        installation=await _installation(engine),
        payments=PaymentServices(
            intake=intake,
            transaction_status=_answering(engine, shelf, settings, news, clock),
            exchange_rates=exchange,
            feed_watch=feeds,
        ),
        cases=CaseServices(
            claims=Casework(
                engine=engine,
                clock=clock,
                new_token=uuid4,
                lease_duration=timedelta(seconds=settings.lease_seconds),
                metrics=counted,
            ),
            verdicts=judging,
            groups=Campaigns(
                finding=GroupFinding(engine=engine, serving=serving),
                judging=judging,
                second_person=SecondPerson(
                    from_cases=settings.second_person_from_cases,
                    from_amount=Decimal(str(settings.second_person_from_amount)),
                ),
                rates=lambda: exchange.table,
            ),
            lookup=LookingUp(engine=engine, clock=clock),
            linked_payments=LinkedPayments(engine=engine, clock=clock),
            explanations=Explaining(scorer=scorer, neighbours=neighbours),
            plain_lease=timedelta(seconds=settings.plain_lease_seconds),
        ),
        operations=OperationServices(
            queue_monitor=_floor(engine, serving, settings, clock),
            case_lists=Supervising(engine=engine, clock=clock, levels=settings.service_levels),
            quality=Quality(engine=engine, clock=clock),
            figures=_figures(
                counted,
                OperatingFigures(
                    {"transactions": engine, "statements": statements},
                    serving,
                    scorer,
                    recovery,
                    levels=settings.service_levels,
                    clock=clock,
                    monotonic=time.monotonic,
                ),
            ),
            metrics_token=settings.metrics_secret,
        ),
        policies=bench,
        models=ModelServices(serving=serving, scorer=scorer),
        access=AccessServices(
            accounts=doors.people,
            api_keys=doors.api_keys,
            administration=Administration(engine=engine, clock=clock, people=doors.people),
            key_administration=KeyAdministration(engine=engine, clock=clock),
            revocations=doors.news,
        ),
        pulse=pulse,
        metrics=counted,
    )
    await recovery.tick()
    intake.start()
    pulse.start()
    try:
        yield services
    finally:
        await intake.stop()
        await pulse.stop()
        _close(scorer, services.payments.transaction_status.scorer)


def _figures(counted: Metrics, figures: OperatingFigures) -> OperatingFigures:
    counted.add_collector(figures)
    return figures


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doors:
    """By what people and programs come in."""

    people: People
    api_keys: ApiKeys
    news: AccessNews

    def tell(self) -> None:
        """Hear that somebody's access, or a key, changed."""
        self.api_keys.forget()
        self.news.tell()


def _doors(engine: AsyncEngine, settings: Settings, clock: Callable[[], datetime]) -> _Doors:
    return _Doors(
        people=People(engine, clock=clock, session_lasts=timedelta(hours=settings.session_hours)),
        api_keys=ApiKeys(engine, monotonic=time.monotonic),
        news=AccessNews(),
    )


def _answering(
    engine: AsyncEngine,
    shelf: ModelShelf,
    settings: Settings,
    news: OutcomeNews,
    clock: Callable[[], datetime],
) -> Answering:
    again = GuardedScorer(timeout_seconds=settings.scoring_timeout_ms / 1000)
    return Answering(engine=engine, shelf=shelf, scorer=again, news=news, clock=clock)


def _close(*scorers: GuardedScorer) -> None:
    for scorer in scorers:
        scorer.close()


async def _installation(engine: AsyncEngine) -> str:
    async with transaction(engine) as connection:
        return await accounts.installation_id(connection)


async def _opening(
    engine: AsyncEngine,
    serving: Serving,
    settings: Settings,
    clock: Callable[[], datetime],
    draws: np.random.Generator,
) -> tuple[ExchangeRates, Opening]:
    """Return by what rates and how cases open; what opened before stands where it would if it opened so."""
    exchange = ExchangeRates(
        engine, base=settings.base_currency, unrated_loss=settings.urgent_from, clock=clock
    )
    await exchange.refresh()
    opening = Opening(
        blind_share=settings.blind_share,
        blind_draws=draws.spawn(1)[0],
        audit_draws=draws,
        rates=lambda: exchange.table,
        unrated_loss=settings.urgent_from,
    )
    await draw_what_waits(engine, serving, opening, now=clock())
    return exchange, opening


def _guards(
    engine: AsyncEngine,
    serving: Serving,
    scorer: GuardedScorer,
    settings: Settings,
    clock: Callable[[], datetime],
    opening: Opening,
) -> tuple[FeedWatching, Recovery]:
    """Return what notices wrong feeds, and what works off cases without a score: they share a backlog."""
    feeds = FeedWatching(engine, serving, clock=clock)
    recovery = Recovery(
        engine,
        serving,
        scorer,
        clock=clock,
        opening=opening,
        most_waiting=settings.unavailable_backlog,
        wrong_feeds=feeds.wrong_clients,
        others_waiting=lambda: feeds.seen.waiting,
    )
    return feeds, recovery


def _bench(
    engine: AsyncEngine, serving: Serving, shelf: ModelShelf, clock: Callable[[], datetime]
) -> PolicyServices:
    lab = PolicyLab(engine, serving, ScoreMemory(engine, clock=clock), clock=clock)
    return PolicyServices(
        lab=lab,
        lifecycle=PolicyLife(engine, serving, lab, clock=clock),
        proposals=Proposing(engine, shelf, lab),
    )


def _floor(
    engine: AsyncEngine, serving: Serving, settings: Settings, clock: Callable[[], datetime]
) -> FloorWatch:
    return FloorWatch(
        engine,
        clock=clock,
        monotonic=time.monotonic,
        levels=settings.service_levels,
        staffing=lambda: serving.pair.policy.staffing,
    )


def _judging(
    engine: AsyncEngine,
    serving: Serving,
    settings: Settings,
    clock: Callable[[], datetime],
    opening: Opening,
    draws: np.random.Generator,
    counted: Metrics,
) -> Judging:
    return Judging(
        engine=engine,
        clock=clock,
        new_token=uuid4,
        lease_duration=timedelta(seconds=settings.lease_seconds),
        grace=timedelta(seconds=settings.undo_seconds),
        second_looks=SecondLooks(
            share=settings.second_look_share,
            high_exposure=settings.second_look_from,
            gold_share=settings.gold_share,
            chance=draws.random,
            opening=opening,
            pair=lambda: serving.pair,
        ),
        metrics=counted,
    )


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the API's description, made when it is first asked for."""
    if app.openapi_schema is None:
        app.openapi_schema = described(app, app.state.services.models.serving.pair)
    return app.openapi_schema
