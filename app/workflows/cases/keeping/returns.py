"""Tells people that a case they let wait is back, as its moment comes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases.keeping import returns
from app.database.server.session import transaction

#: Who waits for a customer has waited for minutes at least.
PERIOD_SECONDS = 5.0


@dataclass(slots=True, kw_only=True)
class ReturnWatch:
    """Looks every few seconds for cases that have just come back; that they are back does not hang on it."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    monotonic: Callable[[], float] = time.monotonic
    _due_at: float = field(default=0.0, init=False)

    async def tick(self) -> None:
        """Tell of them, when it is time to look again."""
        if self.monotonic() < self._due_at:
            return
        self._due_at = self.monotonic() + PERIOD_SECONDS
        async with transaction(self.engine) as connection:
            await returns.tell(connection, self.clock())
