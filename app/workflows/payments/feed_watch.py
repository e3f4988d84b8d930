"""Watches clients' feeds after the commit: which are wrong as a whole, and what managers answered."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.payments import feeds
from app.database.payments.feeds import FeedEvent, FeedRow, FeedStanding
from app.database.server.session import transaction
from app.observability.logs import logger_of
from app.review.access.people import Account
from app.review.card_numbers.rule import refuse_card_numbers
from app.review.feed_status import STATUS_AFTER, FeedAnswer, FeedNotWrong, FeedStatus
from app.scoring.arrays import Floats
from app.scoring.features import FeatureSchema
from app.scoring.feed.causes import causes_of
from app.scoring.feed.columns import watched_columns
from app.scoring.feed.comparison import FeedComparison, compared
from app.scoring.feed.reference import FeedReference
from app.scoring.feed.watch import FeedWatch, advanced
from app.scoring.templated_text import Templated
from app.workflows.models.serving import Serving

logger = logger_of(__name__)


# Payments of one client that one look reads; a right feed of any speed then costs one core 2 %.
MOST_ROWS = 100
# Payments beyond which what is older is passed over: a wrong feed is wrong now.
MOST_BEHIND = 20_000
#: Payments a comparison for people looks back on, and events they are shown.
LOOKED_BACK, TOLD_EVENTS = 1_000, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsSeen:
    """The state of all feeds, as this process last read it."""

    #: None: the model keeps no reference, and feeds are not watched.
    model_version: str | None = None
    wrong: tuple[FeedStanding, ...] = ()
    #: Open cases that are there because of a wrong feed.
    waiting: int = 0

    @property
    def is_watching(self) -> bool:
        """Whether feeds are watched at all."""
        return self.model_version is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReport:
    """What people are shown of all feeds."""

    model_version: str
    is_watching: bool
    standings: Sequence[FeedStanding]
    #: Of each wrong feed, by client.
    comparisons: Mapping[int, FeedComparison]
    events: Sequence[FeedEvent]
    now: datetime


class FeedMonitor:
    """Tests the payments of every client, and stores the results for all replicas."""

    def __init__(self, engine: AsyncEngine, serving: Serving, *, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._serving = serving
        self._clock = clock
        self.seen = FeedsSeen()
        # Who looks now sees all that came before, also while the background is looking.
        self._looking = asyncio.Lock()

    def wrong_clients(self, model_version: str) -> frozenset[int]:
        """Return the clients whose feeds stand as wrong for this model."""
        if self.seen.model_version != model_version:
            return frozenset()
        return frozenset(each.client_id for each in self.seen.wrong)

    def notices(self) -> tuple[str, ...]:
        """Return which feeds are wrong, one sentence each, for every page."""
        return tuple(
            Templated("%(client)s sends payments unlike what the model learned from.", client=each.client)
            for each in self.seen.wrong
        )

    def warnings(self) -> tuple[str, ...]:
        """Return what somebody must look at, one sentence each."""
        model = self._serving.pair.model
        if model.feed is None:
            return (
                Templated(
                    "Feeds are not watched: model %(version)s keeps nothing to know a feed by.",
                    version=model.version,
                ),
            )
        return self.notices()

    def counts(self) -> dict[str, int]:
        """Return what a monitoring system wants to know, by name."""
        return {
            "feeds_watched": int(self.seen.is_watching),
            "feeds_wrong": len(self.seen.wrong),
            "feed_cases_waiting": self.seen.waiting,
        }

    async def tick(self) -> None:
        """Look once: at the payments that came since, then at how all feeds stand."""
        async with self._looking:
            await self._tick()

    async def _tick(self) -> None:
        model = self._serving.pair.model
        if model.feed is None:
            self.seen = FeedsSeen()
            return
        async with transaction(self._engine) as connection:
            await self._look(connection, model.version, model.schema, model.feed)
        async with transaction(self._engine) as connection:
            all_feeds = await feeds.standings(connection, model.version)
            wrong = tuple(each for each in all_feeds if each.status is FeedStatus.WRONG)
            waiting = await feeds.waiting(connection) if wrong or self.seen.waiting else 0
        self.seen = FeedsSeen(model_version=model.version, wrong=wrong, waiting=waiting)

    async def report(self) -> FeedReport:
        """Return how every feed stands, each wrong one beside what the model learned from."""
        model = self._serving.pair.model
        async with transaction(self._engine) as connection:
            all_feeds = await feeds.standings(connection, model.version)
            events = await feeds.events(connection, limit=TOLD_EVENTS)
            rows = {
                each.client_id: await feeds.recent_rows(connection, each.client_id, limit=LOOKED_BACK)
                for each in all_feeds
                if each.status is FeedStatus.WRONG
            }
        comparisons = {}
        if model.feed is not None:
            for client_id, of_client in rows.items():
                columns = _columns(_readable(of_client, model.schema), model.schema)
                comparisons[client_id] = await asyncio.to_thread(compared, *columns, model.feed)
        return FeedReport(
            model_version=model.version,
            is_watching=model.feed is not None,
            standings=all_feeds,
            comparisons=comparisons,
            events=events,
            now=self._clock(),
        )

    async def answer(self, by: Account, client_id: int, answer: FeedAnswer, reason: str) -> None:
        """Let a wrong feed pass, with a reason on record. Raises `FeedNotWrong` and `CardNumberWritten`."""
        refuse_card_numbers([reason])
        version = self._serving.pair.model.version
        status = STATUS_AFTER[answer]
        async with transaction(self._engine) as connection:
            if await feeds.locked_status(connection, client_id, version) is not FeedStatus.WRONG:
                raise FeedNotWrong
            await feeds.answer(connection, client_id, version, status)
            await feeds.record(
                *(connection, client_id, version, status),
                account_id=by.id,
                reason=reason,
                now=self._clock(),
                details={},
            )
        await self.tick()

    async def _look(
        self,
        connection: AsyncConnection,
        version: str,
        schema: FeatureSchema,
        reference: FeedReference,
    ) -> None:
        after = await feeds.held_cursor(connection, version)
        newest = await feeds.newest_key(connection)
        if after is None or newest == after:
            return
        after = max(after, newest - MOST_BEHIND)
        rows = await feeds.new_rows(connection, after=after, upto=newest, most=MOST_ROWS)
        by_client = _by_client(rows, schema)
        before = await feeds.watches(connection, version, list(by_client))
        watched: dict[int, FeedWatch] = {}
        for client_id, of_client in by_client.items():
            status, watch = before.get(client_id, (FeedStatus.WATCHED, None))
            if status is not FeedStatus.WATCHED:
                continue
            columns = _columns(of_client, schema)
            begun = watch or FeedWatch.begun(reference)
            watched[client_id] = await asyncio.to_thread(advanced, begun, *columns, reference)
        now = self._clock()
        await feeds.save_watches(connection, version, watched, now)
        for client_id, watch in watched.items():
            if watch.alarmed_at is not None:
                columns = _columns(by_client[client_id], schema)
                causes = await asyncio.to_thread(causes_of, *columns, reference)
                await self._alarm(connection, client_id, version, watch.alarmed_at, causes, now)
        await feeds.move_cursor(connection, version, newest)

    async def _alarm(
        self,
        connection: AsyncConnection,
        client_id: int,
        version: str,
        after_rows: int,
        causes: tuple[str, ...],
        now: datetime,
    ) -> None:
        sentence = f"after {after_rows} payments that cannot be of a right feed: {'; '.join(causes)}"
        logger.warning(
            "a client sends a feed unlike what the model learned from",
            client_id=client_id,
            model_version=version,
            detail=sentence,
        )
        await feeds.record(
            *(connection, client_id, version, FeedStatus.WRONG),
            account_id=None,
            reason=f"Found wrong {sentence}.",
            now=now,
            details={"rows": after_rows, "causes": list(causes)},
        )


def _by_client(rows: Sequence[FeedRow], schema: FeatureSchema) -> dict[int, list[FeedRow]]:
    """Return the payments this model can read, by client, in their order."""
    found: dict[int, list[FeedRow]] = {}
    for row in _readable(rows, schema):
        found.setdefault(row.client_id, []).append(row)
    return found


def _readable(rows: Sequence[FeedRow], schema: FeatureSchema) -> list[FeedRow]:
    return [row for row in rows if not schema.problems_of_stored(row.features)]


def _columns(rows: Sequence[FeedRow], schema: FeatureSchema) -> tuple[Floats, Floats]:
    """Return the watched columns of readable payments, and amounts: NaN in an unknown currency."""
    encoded = schema.encoded(
        [row.features for row in rows],
        [row.amount for row in rows],
        [row.occurred_at for row in rows],
    )
    values = encoded[:, list(watched_columns(schema.encoding))]
    amounts = np.array(
        [row.amount if schema.knows_currency(row.currency) else np.nan for row in rows], dtype=np.float64
    )
    return values, amounts
