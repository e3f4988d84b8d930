"""Tells people of cases that passed their due time, as it happens."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.operations import breaches
from app.database.server.session import transaction
from app.review.access.people import ABILITIES, Ability
from app.review.queue.service_level import ServiceLevels

#: A service level is counted in minutes.
PERIOD_SECONDS = 5.0
SENIORS = tuple(role for role, abilities in ABILITIES.items() if Ability.JUDGE_ESCALATED in abilities)


@dataclass(slots=True, kw_only=True)
class BreachWatch:
    """Looks every few seconds for cases that have just passed their due time."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    levels: ServiceLevels
    monotonic: Callable[[], float] = time.monotonic
    _due_at: float = field(default=0.0, init=False)

    async def tick(self) -> None:
        """Tell of them, when it is time to look again."""
        if self.monotonic() < self._due_at:
            return
        self._due_at = self.monotonic() + PERIOD_SECONDS
        async with transaction(self.engine) as connection:
            await breaches.tell(connection, self.levels, self.clock(), seniors=SENIORS)
