"""Files that browsers sent go as soon as no job needs them."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.jobs import asking
from app.database.server.session import transaction
from app.review.jobs import JobKind
from app.workflows.jobs.training_files import TrainingFiles

#: Sent, and then nothing was asked for.
UNUSED = timedelta(days=1)


class ReceivedFiles:
    """Deletes what browsers sent, however its job ended."""

    def __init__(
        self,
        engine: AsyncEngine,
        files: TrainingFiles,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._files = files
        self._clock = clock

    async def forget(self) -> None:
        """Delete each file whose jobs have all ended, and each that nobody wanted for a day."""
        received = await self._files.received()
        if not received:
            return
        async with transaction(self._engine) as connection:
            is_live = await asking.live_by_subject(
                connection, JobKind.TRAINING, [each.name for each in received]
            )
        for file in received:
            is_unused = self._clock() - file.changed_at > UNUSED
            if not is_live.get(file.name, not is_unused):
                await self._files.forget(file)
