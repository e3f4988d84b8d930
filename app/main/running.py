"""The services over an open database, and what runs beside requests: started, and stopped in reverse."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.access import accounts
from app.database.clock import DatabaseClock
from app.database.server.session import connect, connect_for_statements, transaction
from app.database.server.watch import begin_epoch
from app.main import case_wing, wings
from app.main.parts import Foundation, Parts, parts_of
from app.observability.metrics import Metrics
from app.settings import Settings
from app.web.services import (
    AccessServices,
    CaseServices,
    JobServices,
    PaymentServices,
    PolicyServices,
    Services,
)
from app.workflows.background import BackgroundWork, Work
from app.workflows.database_watch import DatabaseWatch
from app.workflows.loop_watch import LoopWatch
from app.workflows.models.serving import LoadedModels, bootstrap

#: For what people wait for, and have waited for in minutes; and for what counts in days.
SOON_SECONDS, MINUTE_SECONDS = 5.0, 60.0


@asynccontextmanager
async def over_database(
    settings: Settings, url: str, clock: DatabaseClock, counted: Metrics
) -> AsyncIterator[Services]:
    """Open a migrated database and run all services over it."""
    async with opened(settings, url, clock, counted, read=clock) as base:
        async with transaction(base.engine) as connection:
            await clock.read(connection)
        await prepared(base)
        async with LoopWatch(counted), running(base) as services:
            yield services


@asynccontextmanager
async def on_clock(settings: Settings, url: str, clock: Callable[[], datetime]) -> AsyncIterator[Services]:
    """Give all services of a migrated database on a clock of the caller's own; nothing runs beside."""
    async with opened(settings, url, clock, Metrics(), read=DatabaseClock()) as base:
        await prepared(base)
        parts = await parts_of(base)
        try:
            services = await _services(parts)
            await services.payments.upkeep.make_partitions()
            yield services
        finally:
            parts.scorer.close()


@asynccontextmanager
async def opened(
    settings: Settings, url: str, clock: Callable[[], datetime], counted: Metrics, *, read: DatabaseClock
) -> AsyncIterator[Foundation]:
    """Give what services are made of, over connections to a database, whose own clock is `read`."""
    engine = connect(url, pool_size=settings.pool_size)
    statements = connect_for_statements(url)
    watching = connect(url, pool_size=1, max_overflow=1)
    try:
        yield Foundation(
            settings=settings, url=url, engine=engine, statements=statements,
            watch=DatabaseWatch(watching, read),
            shelf=LoadedModels(settings.models_dir, device=settings.device), clock=clock, metrics=counted,
        )  # fmt: skip
    finally:
        for each in (watching, statements, engine):
            await each.dispose()


async def prepared(base: Foundation) -> None:
    """Let outcomes go on in an order of their own, and let a model and a policy decide."""
    async with transaction(base.engine) as connection:
        await begin_epoch(connection)
    await bootstrap(base.engine, base.shelf, base.clock)


@asynccontextmanager
async def running(base: Foundation) -> AsyncIterator[Services]:
    """Make all services, start what runs beside requests, and stop it in the reverse order."""
    parts = await parts_of(base)
    services = await _services(parts)
    intake, pulse = services.payments.intake, services.pulse
    # Before the first payment comes: whose feed is wrong, and from which payment on feeds are watched.
    await parts.recovery.tick()
    await services.payments.upkeep.make_partitions()
    await parts.feeds.tick()
    intake.start()
    pulse.start()
    try:
        yield services
    finally:
        await intake.stop()
        await pulse.stop()
        asked = (services.payments.transaction_status.scorer, services.cases.exports.scorer)
        for scorer in (parts.scorer, *asked):
            scorer.close()


async def _services(parts: Parts) -> Services:
    base = parts.base
    payments, cases, policies = wings.payments(parts), case_wing.cases(parts), wings.policies(parts)
    access, jobs = wings.access(base), wings.jobs(base, policies.challengers)
    operations = wings.operations(parts)
    works = _works(cases, policies, payments, access, base)
    works["tell of returns"] = Work(cases.returns.look, SOON_SECONDS)
    works["tell of breaches"] = Work(operations.breaches.look, SOON_SECONDS)
    works["forget received files"] = Work(jobs.received.forget, SOON_SECONDS)
    works["ask for a challenger"] = Work(jobs.nightly.tick)
    return Services(
        clock=base.clock,
        installation=await _installation(base.engine),
        payments=payments,
        cases=cases,
        operations=operations,
        policies=policies,
        models=wings.models(parts),
        jobs=jobs,
        access=access,
        pulse=_pulse(parts, payments, cases, access, works, jobs),
        metrics=base.metrics,
    )


async def _installation(engine: AsyncEngine) -> str:
    async with transaction(engine) as connection:
        return await accounts.installation_id(connection)


def _works(
    cases: CaseServices,
    policies: PolicyServices,
    payments: PaymentServices,
    access: AccessServices,
    base: Foundation,
) -> dict[str, Work]:
    """Return what is done again and again beside requests, in this order."""
    return {
        "settle deadlines": Work(cases.verdicts.settle_deadlines),
        "settle verdicts": Work(cases.verdicts.settle_due),
        "follow what is known": Work(cases.explanations.neighbours.refresh),
        "activate what is due": Work(policies.lifecycle.activate_due),
        "follow exchange rates": Work(payments.exchange_rates.refresh),
        "follow lists": Work(payments.lists_in_force.refresh),
        "watch feeds": Work(payments.feed_watch.tick),
        "follow the guarantee": Work(policies.guarantee.look, MINUTE_SECONDS),
        "compare shadows": Work(policies.comparisons.look, MINUTE_SECONDS),
        "follow drift": Work(policies.drift.look, MINUTE_SECONDS),
        "tell keys of frauds": Work(payments.maturing.tick),
        "index payments": Work(payments.upkeep.index),
        "forget history": Work(payments.upkeep.forget_history),
        "make partitions": Work(payments.upkeep.make_partitions),
        "forget messages": Work(cases.forgetting.forget, MINUTE_SECONDS),
        "forget failed logins": Work(access.accounts.forget_attempts, MINUTE_SECONDS),
        "note which keys are used": Work(lambda: access.api_keys.note_use(base.clock())),
    }


def _pulse(
    parts: Parts,
    payments: PaymentServices,
    cases: CaseServices,
    access: AccessServices,
    works: Mapping[str, Work],
    jobs: JobServices,
) -> BackgroundWork:
    def access_changed() -> None:
        access.api_keys.forget()
        access.revocations.tell()

    base = parts.base
    return BackgroundWork(
        statements=base.statements,
        watch=base.watch,
        serving=parts.serving,
        scorer=parts.scorer,
        recovery=parts.recovery,
        works=works,
        lasting={"run jobs": Work(jobs.runner.work)},
        news=payments.transaction_status.news,
        messages=cases.messages.news,
        on_access_changed=access_changed,
        metrics=base.metrics,
    )
