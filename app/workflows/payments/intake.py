"""A transaction arrives: it is scored, decided and written, and only then answered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.intake.feature_lists import FeatureLists
from app.database.payments.intake.storing import PolicyMovedOn, store_batch
from app.database.payments.transactions import Context, Decided, Stored, first_answers
from app.database.server.faults import words_of
from app.database.server.session import DatabaseUnavailable, RowRefused, sent_again, transaction
from app.observability.faults import fault_of
from app.observability.logs import logger_of
from app.observability.metrics import Metrics
from app.observability.repeats import Repeats
from app.review.answer import Answer, TransactionConflict
from app.scoring.transaction import Transaction
from app.workflows.models.serving import ActivePair, Serving
from app.workflows.payments.answering import BacklogFull, Heard, answer_to, fills_backlog, follows_from
from app.workflows.payments.deciding import context_of, decide_all, score_all
from app.workflows.payments.group_commit import GroupCommit
from app.workflows.payments.history.book import histories_in_force
from app.workflows.payments.history.intake import HistoryIntake, ReadBy
from app.workflows.payments.lists_in_force import ListsInForce
from app.workflows.payments.opening import Opening
from app.workflows.payments.scoring import GuardedScorer
from app.workflows.payments.shadowing import ShadowScorer, with_shadows

#: Rows of one statement of the batch endpoint: large enough to spread the cost, small enough that single
#: submissions get through between two of them, and that one is written while the next is read.
CHUNK_ROWS = 500
# While the database writes one chunk, the next is scored.
CHUNKS_AT_ONCE = 3

logger = logger_of(__name__)


class IntakeFailed(Exception):
    """This is our fault; nothing of this transaction was kept."""


#: What a caller may hear of a transaction; all else is our own mistake, and said in the log.
EXPECTED = (BacklogFull, DatabaseUnavailable, RowRefused, TransactionConflict)


class Turns:
    """How many chunks of one body are worked off at once.

    Where the database is away, the chunks behind are not tried: each would wait for the same silence.
    """

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(CHUNKS_AT_ONCE)
        self.away: DatabaseUnavailable | None = None


class Intake:
    """Takes transactions, one at a time or many, and answers each exactly once."""

    def __init__(  # noqa: PLR0913  # the wiring hands each part over once
        self,
        engine: AsyncEngine,
        statements: AsyncEngine,
        serving: Serving,
        scorer: GuardedScorer,
        *,
        lists_in_force: ListsInForce,
        shadow_scorer: ShadowScorer,
        clock: Callable[[], datetime],
        opening: Opening,
        is_backlog_full: Callable[[], bool],
        wrong_feeds: Callable[[str], frozenset[int]],
        metrics: Metrics,
    ) -> None:
        self._engine = engine
        self._statements = statements
        self._serving = serving
        self._scorer = scorer
        self._lists_in_force = lists_in_force
        self._shadow_scorer = shadow_scorer
        self._clock = clock
        self._opening = opening
        self._is_backlog_full = is_backlog_full
        self._wrong_feeds = wrong_feeds
        self._metrics = metrics
        self._told = Repeats()
        self._lists = FeatureLists()
        self._with_history = HistoryIntake(
            statements,
            self._lists,
            decide=self._decided,
            repeats=self._repeats,
            is_backlog_full=is_backlog_full,
            count=self._count,
        )
        self._group = GroupCommit[Transaction, Answer](
            self.receive_many, when_taken=metrics.commit_batch.observe
        )

    def start(self) -> None:
        """Begin to take transactions."""
        self._group.start()

    async def stop(self) -> None:
        """Take nothing new and finish what was taken."""
        await self._group.stop()
        self._shadow_scorer.close()

    async def receive(self, transaction: Transaction) -> Answer:
        """Return the answer to one transaction, after its commit, together with its neighbours'.

        Raises `TransactionConflict`, `RowRefused`, `BacklogFull`, `DatabaseUnavailable`, `IntakeFailed`,
        and what `GroupCommit.submit` raises.
        """
        return await self._group.submit(transaction)

    async def receive_many(
        self, transactions: Sequence[Transaction], turns: Turns | None = None
    ) -> list[Heard]:
        """Return one answer, or what went wrong, per transaction, in order.

        In rounds of distinct identities, so that equal ids behave as a sequence.
        """
        turns = turns or Turns()
        heard: dict[int, Heard] = {}
        waiting = list(enumerate(transactions))
        while waiting:
            first: dict[tuple[int, str], int] = {}
            for place, each in waiting:
                first.setdefault(each.identity, place)
            distinct = [transactions[place] for place in first.values()]
            answers = await self._receive_distinct(distinct, turns)
            heard.update(zip(first.values(), answers, strict=True))
            later = []
            for place, each in waiting:
                before = first[each.identity]
                if place == before:
                    continue
                follows = follows_from(each, transactions[before], heard[before])
                if follows is None:
                    later.append((place, each))
                else:
                    heard[place] = follows
            waiting = later
        return [heard[place] for place in range(len(transactions))]

    async def receive_as_read(self, parts: AsyncIterator[Sequence[Transaction]]) -> list[Heard]:
        """Return the same for the parts of one body: one is scored and written while the next is read.

        A part with an id of an earlier one waits for that, so that equal ids behave as a sequence.
        """
        turns, met = Turns(), set[tuple[int, str]]()
        begun: list[asyncio.Task[list[Heard]]] = []
        async with asyncio.TaskGroup() as group:
            async for part in parts:
                identities = {each.identity for each in part}
                if not met.isdisjoint(identities):
                    await asyncio.wait(begun)
                met |= identities
                begun.append(group.create_task(self.receive_many(part, turns)))
        return [heard for task in begun for heard in task.result()]

    async def answered_before(self, transactions: Sequence[Transaction]) -> list[Answer | None]:
        """Return what each was answered when it first came, None where it is new or another payment.

        Raises `DatabaseUnavailable`.
        """
        async with transaction(self._engine) as connection:
            before = await first_answers(connection, [each.identity for each in transactions])
        found = ((each, *before.get(each.identity, (b"", None))) for each in transactions)
        return [answer if body_sha256 == each.body_sha256 else None for each, body_sha256, answer in found]

    async def _receive_distinct(self, transactions: Sequence[Transaction], turns: Turns) -> list[Heard]:
        """Work off distinct transactions in chunks, a few at once; a failed chunk fails alone."""
        starts = range(0, len(transactions), CHUNK_ROWS)
        chunks = [transactions[start : start + CHUNK_ROWS] for start in starts]

        async def received(chunk: Sequence[Transaction]) -> Sequence[Heard]:
            async with turns.free:
                if turns.away is not None:
                    return [turns.away] * len(chunk)
                heard = await self._received(chunk)
                if isinstance(heard[0], DatabaseUnavailable):
                    turns.away = heard[0]
                return heard

        return [heard for chunk in await asyncio.gather(*map(received, chunks)) for heard in chunk]

    async def _received(self, chunk: Sequence[Transaction]) -> Sequence[Heard]:
        """Work off one chunk; what went wrong is the answer to all of it."""
        try:
            return await self._receive_chunk(chunk)
        except EXPECTED as error:
            return [error] * len(chunk)
        except Exception as error:  # noqa: BLE001  (other chunks are committed: their answers go out)
            self._tell(error, len(chunk))
            self._metrics.error_happened(fault_of(error).kind)
            return [IntakeFailed()] * len(chunk)

    def _tell(self, error: Exception, rows: int) -> None:
        """Log a chunk that failed: where and with what kind of error, never the error's words."""
        if (untold := self._told.admitted(words_of(error))) is not None:
            logger.error("payments failed together", exc_info=error, count=rows, repeated=untold)

    async def _receive_chunk(self, transactions: Sequence[Transaction]) -> list[Heard]:
        """Decide by the active pair and the lists, again if either changed meanwhile, and write."""
        while True:
            pair, shadows = self._serving.pair, self._serving.shadows
            try:
                if histories_in_force(pair, shadows):
                    return await self._with_history.receive(transactions, pair, shadows)
                decided, context = await self._decided(pair, shadows, lambda _: transactions)
                return await self._write(decided, context)
            except PolicyMovedOn:
                await self._serving.refresh()
                await self._lists_in_force.refresh()

    async def _decided(
        self, pair: ActivePair, shadows: Sequence[ActivePair], read_by: ReadBy
    ) -> tuple[Sequence[Decided], Context]:
        """Score and decide by one pair throughout, and let the shadows of this moment look on."""
        transactions = read_by(pair)
        wrong_feeds = self._wrong_feeds(pair.model.version)
        scoring = score_all(self._scorer, pair, transactions, wrong_feeds=wrong_feeds)
        if shadows:
            aside = self._shadow_scorer.score(shadows, pair, read_by)
            scored, elsewhere = await asyncio.gather(scoring, aside)
        else:
            scored, elsewhere = await scoring, {}
        now = self._clock()
        listings = self._lists_in_force.listings(transactions, now)
        decided = decide_all(scored, pair, opening=self._opening, now=now, hits=listings.hits)
        return with_shadows(decided, scored, pair, shadows, elsewhere), context_of(pair, now, listings)

    async def _write(self, decided: Sequence[Decided], context: Context) -> list[Heard]:
        if not self._is_backlog_full():
            return await self._store(decided, context)
        return await self._store_within_backlog(decided, context)

    async def _store_within_backlog(self, decided: Sequence[Decided], context: Context) -> list[Heard]:
        """Write what fills no backlog, repeat what was answered before, and refuse the rest."""
        kept = [row for row in decided if not fills_backlog(row)]
        waiting = [row.transaction for row in decided if fills_backlog(row)]
        heard = await self._repeats(waiting) if waiting else {}
        stored = await self._store(kept, context) if kept else []
        heard.update(zip((row.transaction.identity for row in kept), stored, strict=True))
        return [heard.get(row.transaction.identity, BacklogFull()) for row in decided]

    async def _store(self, decided: Sequence[Decided], context: Context) -> list[Heard]:
        """Write the rows together; when the database refuses one, halve until it stands alone."""
        try:
            stored = await self._stored(decided, context)
        except RowRefused as refusal:
            if len(decided) == 1:
                return [refusal]
            middle = len(decided) // 2
            return [
                *await self._store(decided[:middle], context),
                *await self._store(decided[middle:], context),
            ]
        known = [
            row.transaction for row, keys in zip(decided, stored, strict=True) if keys.decision_id is None
        ]
        repeats = await self._repeats(known) if known else {}
        self._count(decided, stored)
        # Of a month that was detached the key is left, and the answer is in the archive.
        return [
            repeats.get(row.transaction.identity, TransactionConflict(row.transaction.transaction_id))
            if keys.decision_id is None
            else answer_to(row, keys, context)
            for row, keys in zip(decided, stored, strict=True)
        ]

    def _count(self, decided: Sequence[Decided], stored: Sequence[Stored]) -> None:
        written = [row for row, keys in zip(decided, stored, strict=True) if keys.decision_id is not None]
        self._metrics.payments_decided(Counter((row.label.value, row.reason.value) for row in written))
        if len(written) < len(decided):
            self._metrics.repeats.inc(len(decided) - len(written))

    async def _stored(self, decided: Sequence[Decided], context: Context) -> list[Stored]:
        """Write the rows in one statement; a batch that was sent again comes back as repeats."""
        return await sent_again(
            self._statements, lambda connection: store_batch(connection, decided, context, self._lists)
        )

    async def _repeats(self, transactions: Sequence[Transaction]) -> dict[tuple[int, str], Heard]:
        """Answer those answered before, or say that the id belongs to another transaction."""
        async with transaction(self._engine) as connection:
            before = await first_answers(connection, [each.identity for each in transactions])
        heard: dict[tuple[int, str], Heard] = {}
        for each in transactions:
            if each.identity not in before:
                continue
            body_sha256, answer = before[each.identity]
            is_same = body_sha256 == each.body_sha256
            heard[each.identity] = answer if is_same else TransactionConflict(each.transaction_id)
        return heard
