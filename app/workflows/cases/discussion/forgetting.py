"""Messages that were read long ago are deleted, some at a time; what is not read stays."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases.discussion import messages
from app.database.server.session import transaction

#: So many at once, so that nobody waits for it; a million that gathered are gone within a day.
MOST_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageForgetting:
    """Deletes what was read so long ago, on whichever process comes to it."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    kept: timedelta

    async def forget(self) -> None:
        """Delete the oldest of them; raises `DatabaseUnavailable`."""
        read_before = self.clock() - self.kept
        async with transaction(self.engine) as connection:
            await messages.prune(connection, read_before=read_before, most=MOST_AT_ONCE)
