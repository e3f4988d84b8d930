"""Tells people of cases that passed their due time, as it happens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.operations import breaches
from app.database.server.session import transaction
from app.review.access.people import ABILITIES, Ability
from app.review.queue.service_level import ServiceLevels

SENIORS = tuple(role for role, abilities in ABILITIES.items() if Ability.JUDGE_ESCALATED in abilities)


@dataclass(slots=True, kw_only=True)
class BreachWatch:
    """Looks for cases that have just passed their due time."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    levels: ServiceLevels

    async def look(self) -> None:
        """Tell of them; raises `DatabaseUnavailable`."""
        async with transaction(self.engine) as connection:
            await breaches.tell(connection, self.levels, self.clock(), seniors=SENIORS)
