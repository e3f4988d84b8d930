"""A year of a payment service, day by day, through its own services on a clock of the year's own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from app.cli.demo.past.calendar import Step
from app.cli.demo.past.clock import PastClock
from app.cli.demo.past.payments import Paid, Till
from app.cli.demo.people import CLIENT, add_people
from app.cli.demo.stream import Shop
from app.database.server.migrations import migrate
from app.main import on_clock
from app.settings import Settings
from app.triage.betting.paired import Comparison
from app.triage.guarantee.standing import Standing
from app.web.services import Services
from app.workflows.policies.lab.trials import Span
from benchmarks.year.managers import Audits, Managers
from benchmarks.year.people import Analyst, Judged
from benchmarks.year.sources import Sources
from benchmarks.year.world import BEGINS_AT, YearSupply

#: Moves are made in the morning, payments come until the evening and are judged then.
MORNING, EVENING = timedelta(hours=8), timedelta(hours=20)
LOOKS_EVERY_DAYS = 3
HOUSE_AUDITS = Audits(approved=0.06, declined=0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What kind of year it is."""

    days: int = 365
    #: From this day on (the first is 0) a new kind of fraud comes: the first of July.
    drift_day: int = 181
    payments_a_day: int = 250
    audits: Audits = HOUSE_AUDITS
    #: Sources with the share that the operator states; empty: none is stated.
    stated: str = "chargeback=0.9"
    charged_back_after_days: int = 30
    #: Payments of this age enter the guarantee and the comparison.
    age_days: int = 33
    #: So long after the alarm a challenger is trained: before, few of the new frauds are charged back.
    challenged_after_days: int = 21


@dataclass(kw_only=True)
class Days:
    """On which days of the year something happened; None: it did not."""

    alarm: int | None = None
    challenged: int | None = None
    better: int | None = None
    promoted: int | None = None
    #: Whether the author of the promoted version was refused to sign it.
    author_refused: bool = False


#: Trains a challenger on what the service knows at a moment; returns its version.
TrainChallenger = Callable[[datetime], Awaitable[str]]


@dataclass(kw_only=True)
class Life:
    """The year as it goes on."""

    plan: Plan
    services: Services
    clock: PastClock
    till: Till
    analyst: Analyst
    sources: Sources
    managers: Managers
    train_challenger: TrainChallenger | None
    rng: np.random.Generator
    days: Days = field(default_factory=Days)
    #: All payments by the day on which they came.
    paid: list[list[Paid]] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    shadow_id: int | None = None

    async def live(self) -> None:
        """Let every day happen, then wait until the last payments are old enough."""
        await self.managers.set_audits()
        for day in range(self.plan.days):
            await self._morning(day)
            await self._evening(day)
        for day in range(self.plan.days, self.plan.days + self.plan.age_days + 2):
            self.clock.move_to(moment_of(day) + EVENING)
            await self.sources.tell(self.clock())
        await self.services.policies.guarantee.look()

    async def _morning(self, day: int) -> None:
        self.clock.move_to(moment_of(day) + MORNING)
        await self.services.payments.upkeep.make_partitions()
        if self.shadow_id is not None and self.days.better is not None and self.days.promoted is None:
            self.days.author_refused = await self.managers.promote(self.shadow_id)
            self.days.promoted = day
        if day % LOOKS_EVERY_DAYS == 0:
            await self._look(day)

    async def _look(self, day: int) -> None:
        """See how the promise stands; once it is broken, let a challenger be trained, and compare it."""
        if self.days.alarm is None:
            if await self._is_broken():
                self.days.alarm = day
        elif self.days.challenged is None:
            if self.train_challenger and day >= self.days.alarm + self.plan.challenged_after_days:
                await self._challenge(self.train_challenger)
                self.days.challenged = day
        elif (
            self.shadow_id is not None and self.days.better is None and await self._is_better(self.shadow_id)
        ):
            self.days.better = day

    async def _is_broken(self) -> bool:
        guarantee = self.services.policies.guarantee
        await guarantee.look()
        return guarantee.seen is not None and guarantee.seen.standing is Standing.BROKEN

    async def _challenge(self, train: TrainChallenger) -> None:
        version = await train(self.clock())
        await self.services.policies.challengers.enter(version)
        self.shadow_id = await self.managers.shadow_id()

    async def _is_better(self, policy_id: int) -> bool:
        comparisons = self.services.policies.comparisons
        await comparisons.look()
        report = await comparisons.report(policy_id)
        return report is not None and report.verdict is Comparison.BETTER

    async def _evening(self, day: int) -> None:
        """Take the day's payments in, judge all that waits, and hear of earlier ones."""
        ends_at = moment_of(day) + EVENING
        self.clock.move_to(ends_at)
        hours = np.sort(self.rng.random(self.plan.payments_a_day) * (EVENING / timedelta(hours=1))).tolist()
        paid_at = [moment_of(day) + timedelta(hours=hour) for hour in hours]
        paid = await self.till.take(Step(paid_at=paid_at, ends_at=ends_at))
        self.paid.append(paid)
        judged = await self.analyst.judge_all()
        self.judged += judged
        self.sources.expect(paid, judged)
        await self.sources.tell(ends_at)


def moment_of(day: int) -> datetime:
    """Return when a day of the year begins."""
    return BEGINS_AT + timedelta(days=day)


def span_of(since_day: int, until_day: int) -> Span:
    """Return the days from one, before another, as a window of the lab."""
    return Span(since=moment_of(since_day), until=moment_of(until_day))


@asynccontextmanager
async def life_of(
    plan: Plan, url: str, models_dir: Path, *, train_challenger: TrainChallenger | None = None, seed: int = 7
) -> AsyncIterator[Life]:
    """Give a year before it begins, in a database of its own; the newest model of the folder decides."""
    await migrate(url)
    clock, rng = PastClock(BEGINS_AT - timedelta(hours=1)), np.random.default_rng(seed)
    async with on_clock(_settings(plan, models_dir, seed), url, clock) as services:
        await add_people(services.access.accounts)
        yield await _life(plan, services, clock, train_challenger, rng)


def _settings(plan: Plan, models_dir: Path, seed: int) -> Settings:
    """Verdicts leave the house at once, and nobody looks at them again: people err as the year says."""
    given: Mapping[str, object] = {
        "models_dir": models_dir,
        "device": "cpu",
        "seed": seed,
        "undo_seconds": 0.0,
        "blind_share": 0.0,
        "second_look_share": 0.0,
        "second_look_from": 1e9,
        "gold_share": 0.0,
        "scoring_timeout_ms": 60_000,
        "guarantee_age_days": plan.age_days,
        "guarantee_sources": plan.stated,
    }
    return Settings.model_validate(given)


async def _life(
    plan: Plan,
    services: Services,
    clock: PastClock,
    train_challenger: TrainChallenger | None,
    rng: np.random.Generator,
) -> Life:
    of_payments, of_days, of_people, of_sources = rng.spawn(4)
    keys = services.access.api_keys
    client_id = await keys.client_id(await keys.add(CLIENT, clock(), replace=True))
    people = {each.name: each for each in await services.access.accounts.accounts()}
    supply = YearSupply(of_payments, drift_at=moment_of(plan.drift_day))
    till = Till(
        shop=Shop(supply, seed=0, run_id="year"),
        client_id=client_id,
        payments=services.payments,
        models=services.models,
        clock=clock,
    )
    return Life(
        plan=plan,
        services=services,
        clock=clock,
        till=till,
        analyst=Analyst(cases=services.cases, account=people["ada"], rng=of_people, truths=till.truths),
        sources=Sources(
            status=services.payments.transaction_status,
            client_id=client_id,
            rng=of_sources,
            charged_back_after=timedelta(days=plan.charged_back_after_days),
        ),
        managers=Managers(
            services=services,
            author=people["grace"],
            signer=people["barbara"],
            audits=plan.audits,
        ),
        train_challenger=train_challenger,
        rng=of_days,
    )
