"""Payments of models that read history: their keys are locked, read, moved on and committed with them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.history import states
from app.database.payments.history.keys import Fingerprints, fingerprints
from app.database.payments.intake.feature_lists import FeatureLists
from app.database.payments.intake.storing import store_batch
from app.database.payments.transactions import Context, Decided, Stored
from app.database.server.session import RowRefused, driver_transaction, sent_again
from app.review.answer import TransactionConflict
from app.scoring.transaction import Transaction
from app.workflows.models.serving import ActivePair
from app.workflows.payments.answering import BacklogFull, Heard, answer_to, fills_backlog
from app.workflows.payments.history.book import Book, Readings, entries_of, histories_in_force, names_of

#: The same payments as the model of a pair reads them.
ReadBy = Callable[[ActivePair], Sequence[Transaction]]
Decide = Callable[[ActivePair, Sequence[ActivePair], ReadBy], Awaitable[tuple[Sequence[Decided], Context]]]
Identity = tuple[int, str]


class _NotWritten(Exception):
    """Some of a batch were counted by others, and are not to be written: it is read anew without them."""

    def __init__(
        self, transactions: Sequence[Transaction], otherwise: Callable[[Transaction], Heard]
    ) -> None:
        super().__init__()
        self.transactions = transactions
        #: What one hears that was not answered before.
        self.otherwise = otherwise


class HistoryIntake:
    """Writes chunks in one database transaction each, with the states of their keys.

    `decide`, `repeats`, `is_backlog_full` and `count` are those of `Intake`.
    """

    def __init__(
        self,
        statements: AsyncEngine,
        lists: FeatureLists,
        *,
        decide: Decide,
        repeats: Callable[[Sequence[Transaction]], Awaitable[Mapping[Identity, Heard]]],
        is_backlog_full: Callable[[], bool],
        count: Callable[[Sequence[Decided], Sequence[Stored]], None],
    ) -> None:
        self._statements = statements
        self._lists = lists
        self._decide = decide
        self._repeats = repeats
        self._is_backlog_full = is_backlog_full
        self._count = count
        self._prints: Fingerprints | None = None

    async def receive(
        self, transactions: Sequence[Transaction], pair: ActivePair, shadows: Sequence[ActivePair]
    ) -> list[Heard]:
        """Return what each payment of a chunk hears, in order; their identities are distinct.

        Raises `PolicyMovedOn` and `DatabaseUnavailable`; of what was not heard nothing was kept.
        """
        heard: dict[Identity, Heard] = {}
        while waiting := [each for each in transactions if each.identity not in heard]:
            try:
                commit = partial(self._commit, transactions=waiting, pair=pair, shadows=shadows)
                heard |= await sent_again(self._statements, commit)
            except states.KeysBegun:
                continue
            except _NotWritten as away:
                before = await self._repeats(away.transactions)
                heard |= {
                    each.identity: before.get(each.identity, away.otherwise(each))
                    for each in away.transactions
                }
            except RowRefused as refusal:
                if len(waiting) == 1:
                    heard[waiting[0].identity] = refusal
                    continue
                # Halved until the refused one stands alone; a half that is written is heard of.
                for part in (waiting[: len(waiting) // 2], waiting[len(waiting) // 2 :]):
                    answers = await self.receive(part, pair, shadows)
                    heard |= {each.identity: told for each, told in zip(part, answers, strict=True)}
        return [heard[each.identity] for each in transactions]

    async def _commit(
        self,
        connection: asyncpg.Connection,
        transactions: Sequence[Transaction],
        pair: ActivePair,
        shadows: Sequence[ActivePair],
    ) -> dict[Identity, Heard]:
        prints = self._prints = self._prints or await fingerprints(connection)
        histories = histories_in_force(pair, shadows)
        entries = [entries_of(each, histories, prints) for each in transactions]
        await self._lists.keep(connection, [each.features for each in transactions])
        await self._lists.keep(connection, [names_of(each, pair) for each in entries])
        async with driver_transaction(connection):
            book = await Book.locked(connection, [each for several in entries for each in several])
            readings = Readings(transactions=transactions, told=book.pass_by(entries))
            decided, context = await self._decide(pair, shadows, readings.by)
            self._refuse_backlog(decided)
            stored = await store_batch(connection, decided, context, self._lists, moved=book.moved())
            _refuse_known(decided, stored)
        self._count(decided, stored)
        return {
            row.transaction.identity: answer_to(row, keys, context)
            for row, keys in zip(decided, stored, strict=True)
        }

    def _refuse_backlog(self, decided: Sequence[Decided]) -> None:
        if not self._is_backlog_full():
            return
        if waiting := [row.transaction for row in decided if fills_backlog(row)]:
            raise _NotWritten(waiting, lambda _: BacklogFull())


def _refuse_known(decided: Sequence[Decided], stored: Sequence[Stored]) -> None:
    """Raise for payments that exist already: a repeat changes nothing, and was not to be counted.

    Of a month that was detached the key is left, and the answer is in the archive.
    """
    known = [row.transaction for row, keys in zip(decided, stored, strict=True) if keys.decision_id is None]
    if known:
        raise _NotWritten(known, lambda each: TransactionConflict(each.transaction_id))
