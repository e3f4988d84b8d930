"""Jobs as people see them: asked for, looked at, cancelled, tried again."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.jobs import asking, running
from app.database.server.session import transaction
from app.review.access.people import Account
from app.review.jobs import Asking, Job, Step


class Jobs:
    """Asks for jobs, and tells how they stand."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    async def ask(self, account: Account, wanted: Asking, *, form: UUID) -> int:
        """Ask for a job; one that is asked for twice, or about what one is under way for, is that one."""
        async with transaction(self._engine) as connection:
            return await asking.ask(connection, wanted, form=form, by=account.id, now=self._clock())

    async def cancel(self, account: Account, job_id: int) -> None:
        """Cancel a job. Raises `JobNotFound` and `JobEnded`."""
        async with transaction(self._engine) as connection:
            await asking.cancel(connection, job_id, by=account.id, now=self._clock())

    async def retry(self, account: Account, job_id: int, *, form: UUID) -> int:
        """Ask for the same once more. Raises `JobNotFound` and `JobNotToBeRetried`."""
        async with transaction(self._engine) as connection:
            return await asking.retry(connection, job_id, form=form, by=account.id, now=self._clock())

    async def job(self, job_id: int) -> tuple[Job, list[Step]]:
        """Return one job and what it said. Raises `JobNotFound`."""
        async with transaction(self._engine) as connection:
            return await asking.job(connection, job_id), await running.steps_of(connection, job_id)

    async def newest(self, *, before: int | None = None, limit: int) -> list[Job]:
        """Return the newest jobs, those below an id where one is given."""
        async with transaction(self._engine) as connection:
            return await asking.newest(connection, before=before, limit=limit)
