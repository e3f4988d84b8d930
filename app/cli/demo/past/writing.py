"""Writes the demo's past into a database in which nothing was ever decided, through the service's own work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.demo.past.calendar import DAYS, begins_at, steps
from app.cli.demo.past.clock import PastClock
from app.cli.demo.past.colleagues import Colleague, hire, let_go
from app.cli.demo.past.labels import Ripening
from app.cli.demo.past.payments import Till
from app.cli.demo.past.policies import PolicyChange
from app.cli.demo.past.verdicts import Team
from app.cli.demo.people import CLIENT, add_people
from app.cli.demo.stream import Shop
from app.database.policies import policies
from app.database.server.session import transaction
from app.main import on_clock
from app.review.access.people import Account
from app.settings import Settings
from app.web.services import Services

#: More is drawn for a look than in a service of its own, so that two weeks show how people judge; verdicts
#: leave the house at once, and a look that takes long keeps its case.
OF_THE_PAST: dict[str, object] = {
    "undo_seconds": 0.0,
    "lease_seconds": 3600,
    "second_look_share": 0.3,
    "gold_share": 0.15,
    "blind_share": 0.3,
    "scoring_timeout_ms": 60_000,
}


@dataclass(kw_only=True)
class Written:
    """How much of the past was written."""

    payments: int = 0
    verdicts: int = 0
    reports: int = 0

    def __str__(self) -> str:
        """Return it as one sentence begins."""
        return (
            f"{DAYS} days of demo data: {self.payments:,} payments, {self.verdicts:,} verdicts,"
            f" {self.reports:,} truths"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that goes on in the past, on one clock."""

    clock: PastClock
    calendar: np.random.Generator
    till: Till
    team: Team
    ripening: Ripening
    change: PolicyChange

    async def tell(self, ends_at: datetime) -> Written:
        """Let it all happen, step by step."""
        written, moves = Written(), self.change.moves(ends_at)
        for step in steps(ends_at, self.calendar):
            since = self.clock()
            while moves and moves[0][0] <= since:
                _, move = moves.pop(0)
                await move()
            written.verdicts += await self.team.work(since, step.ends_at)
            self.clock.move_to(step.ends_at)
            paid = await self.till.take(step)
            written.payments += len(paid)
            self.ripening.expect(paid)
            written.reports += await self.ripening.tell(step.ends_at)
        return written


async def has_past(engine: AsyncEngine) -> bool:
    """Whether anything was ever decided by this database: then what is older than that stays untold."""
    async with transaction(engine) as connection:
        return await policies.active_id(connection) is not None


async def write_past(
    settings: Settings, url: str, ends_at: datetime, *, seed: int, generator: Path
) -> Written:
    """Write two weeks up to a moment; the same for the same moment and seed, but for tokens.

    For a database of which `has_past` is false. Raises `DatasetRefused`, `ArtifactRefused` and
    `DatabaseUnavailable`.
    """
    clock = PastClock(begins_at(ends_at))
    of_the_past = settings.model_copy(update={**OF_THE_PAST, "seed": seed})
    async with on_clock(of_the_past, url, clock) as services:
        await add_people(services.access.accounts)
        accounts = await hire(services.access)
        story = await _begun(services, clock, accounts, Shop(generator, seed=seed, run_id="past"), seed)
        written = await story.tell(ends_at)
        await let_go(services.access, accounts)
    return written


async def _begun(
    services: Services, clock: PastClock, accounts: Mapping[Colleague, Account], shop: Shop, seed: int
) -> Story:
    calendar, looks, sources = np.random.default_rng(seed).spawn(3)
    client_id = await _client(services, clock())
    people = {each.name: each for each in await services.access.accounts.accounts()}
    till = Till(
        shop=shop, client_id=client_id, intake=services.payments.intake, models=services.models, clock=clock
    )
    return Story(
        clock=clock,
        calendar=calendar,
        till=till,
        team=Team(cases=services.cases, accounts=accounts, clock=clock, rng=looks, truths=till.truths),
        ripening=Ripening(
            status=services.payments.transaction_status, client_id=client_id, rng=sources
        ),
        change=PolicyChange(
            policies=services.policies,
            models=services.models,
            author=people["grace"],
            approver=people["barbara"],
        ),
    )


async def _client(services: Services, now: datetime) -> int:
    keys = services.access.api_keys
    return await keys.client_id(await keys.add(CLIENT, now, replace=True))
