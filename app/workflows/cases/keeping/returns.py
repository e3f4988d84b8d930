"""Tells people that a case they let wait is back, as its moment comes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases.keeping import returns
from app.database.server.session import transaction


@dataclass(slots=True, kw_only=True)
class ReturnWatch:
    """Looks for cases that have just come back; that they are back does not hang on it."""

    engine: AsyncEngine
    clock: Callable[[], datetime]

    async def look(self) -> None:
        """Tell of them; raises `DatabaseUnavailable`."""
        async with transaction(self.engine) as connection:
            await returns.tell(connection, self.clock())
