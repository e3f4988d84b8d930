"""What goes on in the demo's past, step by step: payments, verdicts, truths, a policy change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from app.cli.demo.past.calendar import DAYS, MORNING, steps
from app.cli.demo.past.clock import PastClock
from app.cli.demo.past.colleagues import RULING, Colleague, shifted_by
from app.cli.demo.past.labels import Ripening
from app.cli.demo.past.payments import Till
from app.cli.demo.past.policies import PolicyChange
from app.cli.demo.past.verdicts import Team
from app.cli.demo.people import CLIENT
from app.cli.demo.stream import Shop
from app.review.access.people import Account
from app.web.services import Services


@dataclass(kw_only=True)
class Written:
    """How much of the past was written."""

    payments: int = 0
    verdicts: int = 0
    reports: int = 0

    def __str__(self) -> str:
        """Return it in words."""
        return (
            f"{DAYS} days of demo data: {self.payments:,} payments, {self.verdicts:,} verdicts,"
            f" {self.reports:,} truths"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that goes on, on one clock, up to a moment."""

    clock: PastClock
    ends_at: datetime
    calendar: np.random.Generator
    till: Till
    team: Team
    ripening: Ripening
    change: PolicyChange

    async def tell(self) -> Written:
        """Let it all happen, in order; return how much it was."""
        written, moves = Written(), self.change.moves(self.ends_at)
        for step in steps(self.ends_at, self.calendar):
            since = self.clock()
            while moves and moves[0][0] < step.ends_at:
                at, move = moves.pop(0)
                self.clock.move_to(at)
                await move()
            written.verdicts += await self.team.work(since, step.ends_at)
            self.clock.move_to(step.ends_at)
            paid = await self.till.take(step)
            written.payments += len(paid)
            self.ripening.expect(paid)
            written.reports += await self.ripening.tell(step.ends_at)
        return written


async def story_of(
    services: Services,
    clock: PastClock,
    colleagues: Mapping[Colleague, Account],
    shop: Shop,
    *,
    ends_at: datetime,
    rng: np.random.Generator,
) -> Story:
    """Return the story before it begins; chance is drawn from `rng` alone."""
    calendar, looks, sources = rng.spawn(3)
    client_id = await _client(services, clock())
    people = {each.name: each for each in await services.access.accounts.accounts()}
    till = Till(
        shop=shop, client_id=client_id, payments=services.payments, models=services.models, clock=clock
    )
    return Story(
        clock=clock,
        ends_at=ends_at,
        calendar=calendar,
        till=till,
        team=Team(
            cases=services.cases,
            accounts={**colleagues, RULING: people[RULING.name]},
            clock=clock,
            rng=looks,
            truths=till.truths,
            ruled_until=ends_at - timedelta(days=1),
            morning_from=ends_at - MORNING,
            shifted_by=shifted_by(ends_at),
        ),
        ripening=Ripening(status=services.payments.transaction_status, client_id=client_id, rng=sources),
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
