"""What payments need beside their intake: links and words behind the commits, partitions ahead of them."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.history import states
from app.database.payments.upkeep import indexing, partitions
from app.database.server.session import transaction

#: Payments whose links and words are written in one transaction; while it runs, later outcomes are not told.
BATCH_ROWS = 1_000
#: Links are written in bulk, not one by one: a page may be so much behind where it asks the index alone.
INDEXED_EVERY_SECONDS = 1.5
#: Months made ahead, this one included.
MONTHS_AHEAD = 3


class PaymentUpkeep:
    """Runs on every replica; what one of them is doing, the others leave to it."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._made_on: date | None = None
        self._forgot_on: date | None = None

    async def index(self) -> None:
        """Write the links and words of what came since; raises `DatabaseUnavailable`."""
        left = 1
        while left:
            async with transaction(self._engine) as connection:
                left = await indexing.index_some(connection, most=BATCH_ROWS)
        await asyncio.sleep(INDEXED_EVERY_SECONDS)

    async def forget_history(self) -> None:
        """Delete states of keys that were not seen for years, once a day; raises `DatabaseUnavailable`."""
        today = self._clock().date()
        if today == self._forgot_on:
            return
        async with transaction(self._engine) as connection:
            await states.forget_what_is_over(connection, self._clock())
        self._forgot_on = today

    async def make_partitions(self) -> None:
        """Make the partitions of the coming months, once a day; raises `DatabaseUnavailable`."""
        today = self._clock().date()
        if today == self._made_on:
            return
        async with transaction(self._engine) as connection:
            await partitions.make_ahead(connection, today.replace(day=1), months=MONTHS_AHEAD)
        self._made_on = today
