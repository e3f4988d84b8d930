"""Checks the database at intervals: its clock, whether it accepts writes, and what delays outcomes."""

import asyncio
from dataclasses import dataclass, replace
from time import monotonic
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.clock import DatabaseClock
from app.database.server import watch
from app.database.server.faults import Fault
from app.database.server.session import FAULTS, DatabaseUnavailable, transaction
from app.database.server.watch import BlockingTransaction
from app.observability.logs import logger_of
from app.observability.repeats import Repeats

logger = logger_of(__name__)

# Asked more often, the last answer is given again; older than STALE it is none.
FRESH_SECONDS, STALE_SECONDS = 0.25, 3.0
# A look that takes longer is an answer, too: the database does not work as it should.
PATIENCE_SECONDS = 2.0
# What cannot be written just now was seen by somebody this short a while ago.
LATELY_SECONDS = 2.0
# Transactions as long as this are ours or a colleague's at work; a longer one is told.
HOLDS_BACK_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseCheck:
    """The result of one check."""

    takes_writes: bool
    holder: BlockingTransaction | None


NOTHING = DatabaseCheck(takes_writes=False, holder=None)


class DatabaseWatch:
    """One process's view of its database; `look` runs beside the requests, `state` answers them.

    `engine` is the watch's own, so that it sees the database and not how busy we are.
    """

    def __init__(self, engine: AsyncEngine, clock: DatabaseClock) -> None:
        self._engine = engine
        self._clock = clock
        self._process = uuid4()
        self._seen, self._seen_at = NOTHING, -float("inf")
        self._looking: asyncio.Task[None] | None = None
        self._disk_was_full = False
        self._held_since: tuple[int, float] | None = None
        self._seldom = Repeats()

    async def look(self) -> None:
        """Look once; nothing here raises what the database does."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="look at the database")
        await asyncio.shield(self._looking)

    async def state(self) -> DatabaseCheck:
        """Return what the database is like now, within `PATIENCE_SECONDS`."""
        if monotonic() - self._seen_at >= FRESH_SECONDS:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self.look()
            except TimeoutError:
                return NOTHING
        is_stale = monotonic() - self._seen_at > STALE_SECONDS
        if is_stale or FAULTS.seen_within(Fault.DISK_FULL, LATELY_SECONDS):
            return replace(self._seen, takes_writes=False)
        return self._seen

    async def stop(self) -> None:
        """Wait for a look that is under way."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    async def _look(self) -> None:
        takes_writes, holder = False, None
        try:
            async with transaction(self._engine) as connection:
                await self._clock.read(connection)
                holder = self._holding_back(await watch.holder(connection))
            takes_writes = await self._takes_writes()
        except DatabaseUnavailable:
            pass  # told by the session
        except Exception as error:
            if self._seldom.admitted("watch") is not None:
                logger.warning("the database cannot be written", exc_info=error)
        self._seen, self._seen_at = DatabaseCheck(takes_writes=takes_writes, holder=holder), monotonic()

    async def _takes_writes(self) -> bool:
        """Try writing; after a full disk was seen, something that needs room, until that works."""
        self._disk_was_full |= FAULTS.seen_within(Fault.DISK_FULL, LATELY_SECONDS)
        async with transaction(self._engine) as connection:
            await watch.try_writing(connection, self._process, fills=self._disk_was_full)
            await watch.begin_epoch(connection)
        self._disk_was_full = False
        return True

    def _holding_back(self, oldest: BlockingTransaction | None) -> BlockingTransaction | None:
        """Return who has held outcomes back for long, and name it in the log now and then."""
        now = monotonic()
        if oldest is None:
            self._held_since = None
            return None
        if self._held_since is None or self._held_since[0] != oldest.xact:
            self._held_since = (oldest.xact, now)
        seconds = max(oldest.seconds or 0.0, now - self._held_since[1])
        if seconds < HOLDS_BACK_SECONDS:
            return None
        who = f"process {oldest.pid}" if oldest.gid is None else f"prepared transaction {oldest.gid!r}"
        where = oldest.database or "a database we may not know"
        if self._seldom.admitted("holder") is not None:
            logger.warning("outcomes are held back", detail=f"by {who} in {where}", seconds=round(seconds))
        return replace(oldest, seconds=seconds)
