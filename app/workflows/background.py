"""The background work of the service, and whether the service is ready."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from app.artifacts import ArtifactRefused
from app.database.server.notifications import (
    ACCESS_CHANGED,
    MESSAGE_TOLD,
    OUTCOME_SETTLED,
    POLICY_ACTIVATED,
    listen,
)
from app.database.server.session import DatabaseUnavailable
from app.database.server.watch import BlockingTransaction
from app.observability.faults import fault_of
from app.observability.logs import logger_of
from app.observability.metrics import Metrics
from app.observability.repeats import Repeats
from app.workflows.cases.discussion.messages import MessageNews
from app.workflows.database_watch import DatabaseWatch
from app.workflows.models.serving import Serving
from app.workflows.payments.recovery import Recovery
from app.workflows.payments.scoring import GuardedScorer
from app.workflows.payments.transaction_status import OutcomeSignal

logger = logger_of(__name__)

# A deadline is kept to within this; a policy is followed at once by notification, and by this at worst.
TICK_SECONDS = 0.5
LATE_START_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Work:
    """What is done again and again beside requests."""

    do: Callable[[], Awaitable[object]]
    #: From its end to its next beginning; what failed is tried again after a tick.
    every_seconds: float = TICK_SECONDS

    @property
    def waits_seconds(self) -> float:
        """How long after the start it begins: what is seldom done lets a process serve first."""
        return min(self.every_seconds - TICK_SECONDS, LATE_START_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether this process can do its work, part by part."""

    #: It answers, and takes writes.
    database: bool
    model: bool
    waiting_for_model: int
    #: The transaction that keeps outcomes from being told, where one has for long.
    held_back_by: BlockingTransaction | None

    @property
    def is_ready(self) -> bool:
        """Without its model Tertium still takes transactions; without its database it cannot."""
        return self.database and self.model


class BackgroundWork:
    """Runs the background work of one process."""

    def __init__(  # noqa: PLR0913  # the wiring hands each part over once
        self,
        *,
        statements: AsyncEngine,
        watch: DatabaseWatch,
        serving: Serving,
        scorer: GuardedScorer,
        recovery: Recovery,
        works: Mapping[str, Work],
        lasting: Mapping[str, Work],
        news: OutcomeSignal,
        messages: MessageNews,
        metrics: Metrics,
        on_access_changed: Callable[[], None],
    ) -> None:
        self._metrics = metrics
        self._statements = statements
        self._watch = watch
        self._serving = serving
        self._scorer = scorer
        self._recovery = recovery
        self._works = works
        #: What goes on until it fails, such as listening.
        self._lasting = lasting
        self._news = news
        self._messages = messages
        self._on_access_changed = on_access_changed
        self._policy_changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin the background work."""
        works: dict[str, Work] = {
            "look at the database": Work(self._watch.look),
            "listen": Work(self._listen),
            "follow the policy": Work(self._follow_policy),
            "recover": Work(self._recovery.tick),
            **self._lasting,
            **self._works,
        }
        # Spread over a tick: all at once they would take a connection each, and at every tick anew.
        apart_seconds = TICK_SECONDS / len(works)
        self._tasks = [
            asyncio.create_task(
                _forever(name, work, self._metrics, after=place * apart_seconds + work.waits_seconds),
                name=name,
            )
            for place, (name, work) in enumerate(works.items())
        ]

    async def stop(self) -> None:
        """End the background work."""
        # Asked again until it is heard: before Python 3.12, `asyncio.wait_for` loses a cancellation that
        # meets a result.
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=TICK_SECONDS)
        await self._watch.stop()

    async def readiness(self) -> Readiness:
        """Ask each part whether it works; answers soon, whatever the database does."""
        seen = await self._watch.state()
        return Readiness(
            database=seen.takes_writes,
            model=self._scorer.is_available,
            waiting_for_model=self._recovery.waiting,
            held_back_by=seen.holder,
        )

    async def _listen(self) -> None:
        handlers: dict[str, Callable[[str], None]] = {
            POLICY_ACTIVATED: lambda _: self._policy_changed.set(),
            OUTCOME_SETTLED: lambda key: self._news.tell(int(key)),
            MESSAGE_TOLD: lambda key: self._messages.tell(int(key)),
            ACCESS_CHANGED: lambda _: self._on_access_changed(),
        }
        await listen(self._statements, handlers, on_listening=self._reprobe)

    def _reprobe(self) -> None:
        self._policy_changed.set()
        self._news.tell_all()
        self._messages.tell_all()
        self._on_access_changed()

    async def _follow_policy(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS):
                await self._policy_changed.wait()
        self._policy_changed.clear()
        await self._serving.refresh()


async def _forever(name: str, work: Work, metrics: Metrics, *, after: float) -> None:
    """Do the work again and again; a lost database or model is waited for, never fatal."""
    seldom = Repeats()
    succeeded = metrics.work_success.labels(name)
    failed = metrics.work_failures.labels(name)
    await asyncio.sleep(after)
    while True:
        rest_seconds = TICK_SECONDS
        try:
            await work.do()
            succeeded.set(time.time())
            rest_seconds = work.every_seconds
        except DatabaseUnavailable:
            failed.inc()  # the session has told it, once for all who met it
        except ArtifactRefused as error:
            failed.inc()
            if seldom.admitted("model") is not None:
                logger.warning("background work waits", work=name, detail=str(error))
        except Exception as error:
            failed.inc()
            metrics.error_happened(fault_of(error).kind)
            logger.exception("background work failed; it goes on", work=name)
        await asyncio.sleep(rest_seconds)
