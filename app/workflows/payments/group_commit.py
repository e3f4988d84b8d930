"""Group commit: concurrent requests are scored and committed as one batch and answered separately."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Long enough for neighbours to join, too short for a caller to feel.
GATHER_SECONDS = 0.002


# More who wait than this could not be served before their senders lose patience.
LONGEST_QUEUE = 4096
# Who waited so long for a writer is told to come again: the writers hang, or cannot keep up.
PATIENCE_SECONDS = 5.0


class ShuttingDown(Exception):
    """The service is stopping and takes nothing new."""


class TooManyWaiting(Exception):
    """More payments wait than can be written just now; send the same request again."""


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Item, Result]):
    item: Item
    answer: "asyncio.Future[Result]"
    #: By the loop's clock.
    since: float


class GroupCommit(Generic[Item, Result]):
    """Gathers single items for at most `GATHER_SECONDS` and hands them on as batches.

    `process` gets a batch and returns one result or exception per item, in order. A caller that is
    cancelled loses its own answer only; its batch-mates never notice. However long the writers hang, at
    most `longest_queue` items wait, and none is begun that has waited for `patience_seconds`. `when_taken`
    hears each batch's size.
    """

    def __init__(
        self,
        process: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        most: int = 128,
        writers: int = 2,
        longest_queue: int = LONGEST_QUEUE,
        patience_seconds: float = PATIENCE_SECONDS,
        when_taken: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._when_taken = when_taken
        self._process = process
        self._most = most
        self._longest_queue = longest_queue
        self._patience_seconds = patience_seconds
        self._waiting: deque[_Waiting[Item, Result]] = deque()
        self._arrived = asyncio.Event()
        self._writers = asyncio.Semaphore(writers)
        self._free_writers = writers
        self._batches: set[asyncio.Task[None]] = set()
        self._gatherer: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        """Return the item's own result, after its batch was committed.

        Raises what `process` said, `ShuttingDown`, and `TooManyWaiting`.
        """
        if self._gatherer is None:
            raise ShuttingDown
        if len(self._waiting) >= self._longest_queue:
            raise TooManyWaiting
        loop = asyncio.get_running_loop()
        waiting: _Waiting[Item, Result] = _Waiting(item, loop.create_future(), loop.time())
        self._waiting.append(waiting)
        self._arrived.set()
        return await waiting.answer

    def start(self) -> None:
        """Begin to gather."""
        self._gatherer = asyncio.create_task(self._gather(), name="group commit")

    async def stop(self) -> None:
        """Take nothing new, and finish what was taken."""
        gatherer, self._gatherer = self._gatherer, None
        if gatherer is None:
            return
        gatherer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gatherer
        while self._waiting:
            await self._run(self._next_batch())
        await asyncio.gather(*self._batches)

    async def _gather(self) -> None:
        while True:
            await self._arrived.wait()
            if len(self._waiting) < self._most:
                await asyncio.sleep(GATHER_SECONDS)
            await self._writers.acquire()
            self._send_away_who_waited_too_long()
            self._free_writers -= 1
            task = asyncio.create_task(self._run(self._next_batch()))
            self._batches.add(task)
            task.add_done_callback(self._finished)

    def _send_away_who_waited_too_long(self) -> None:
        """Answer those for whom a free writer comes too late: they come again, all others are served."""
        latest = asyncio.get_running_loop().time() - self._patience_seconds
        while self._waiting and self._waiting[0].since < latest:
            waiting = self._waiting.popleft()
            if not waiting.answer.done():
                waiting.answer.set_exception(TooManyWaiting())

    def _next_batch(self) -> list[_Waiting[Item, Result]]:
        """Take the free writers' share: while one batch is written, callers of the last one come back.

        One batch of all who wait would keep them in step, and the processor idle during each commit.
        """
        share = -(-len(self._waiting) // (self._free_writers + 1))
        batch = [self._waiting.popleft() for _ in range(min(self._most, share))]
        if not self._waiting:
            self._arrived.clear()
        return batch

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._batches.discard(task)
        self._free_writers += 1
        self._writers.release()

    async def _run(self, batch: Sequence[_Waiting[Item, Result]]) -> None:
        self._when_taken(len(batch))
        try:
            results = _all(await self._process([waiting.item for waiting in batch]), len(batch))
        except Exception as error:  # noqa: BLE001  (whatever it is belongs to the callers, not to this loop)
            results = [error] * len(batch)
        for waiting, result in zip(batch, results, strict=True):
            if waiting.answer.done():
                continue
            if isinstance(result, Exception):
                waiting.answer.set_exception(result)
            else:
                waiting.answer.set_result(result)


def _all(results: Sequence[Result | Exception], expected: int) -> Sequence[Result | Exception]:
    """Return the results; a caller without one would wait for ever, so a missing one is an error."""
    if len(results) != expected:
        raise ValueError(f"expected {expected} results, got {len(results)}")
    return results
