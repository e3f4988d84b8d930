"""Many callers, few batches: each hears its own answer, whatever happens to its neighbours."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from app.workflows.payments.group_commit import GroupCommit, ShuttingDown, TooManyWaiting
from tests.builders import until
from tests.patience import PATIENCE_SECONDS

Batches = list[list[int]]


class Refused(Exception):
    """This item is not wanted."""


@asynccontextmanager
async def gathering(
    process: Callable[[Sequence[int]], Awaitable[Sequence[int | Exception]]],
    *,
    most: int = 128,
    writers: int = 2,
) -> AsyncIterator[GroupCommit[int, int]]:
    group = GroupCommit[int, int](process, most=most, writers=writers)
    group.start()
    yield group
    await group.stop()


def doubling(
    seen: Batches, *, seconds: float = 0.0, hanging: asyncio.Event | None = None
) -> Callable[[Sequence[int]], Awaitable[list[int | Exception]]]:
    """Return a process that doubles, and keeps what it was given; it may hang until it is let."""

    async def process(items: Sequence[int]) -> list[int | Exception]:
        seen.append(list(items))
        await asyncio.sleep(seconds)
        if hanging is not None:
            await hanging.wait()
        return [item * 2 for item in items]

    return process


async def test_concurrent_callers_share_batches_and_hear_their_own_answers() -> None:
    seen: Batches = []
    async with gathering(doubling(seen)) as group:
        answers = await asyncio.gather(*(group.submit(item) for item in range(100)))
    assert answers == [item * 2 for item in range(100)]
    assert len(seen) < 20


async def test_no_caller_is_processed_twice_or_out_of_order() -> None:
    seen: Batches = []
    async with gathering(doubling(seen, seconds=0.001), most=7) as group:
        await asyncio.gather(*(group.submit(item) for item in range(100)))
    assert [item for batch in seen for item in batch] == list(range(100))
    assert max(len(batch) for batch in seen) <= 7


async def test_a_lone_caller_does_not_wait_for_company() -> None:
    """Nobody else ever comes."""
    async with gathering(doubling([])) as group, asyncio.timeout(PATIENCE_SECONDS):
        assert await group.submit(21) == 42


async def test_one_refusal_reaches_its_caller_alone() -> None:
    async def process(items: Sequence[int]) -> list[int | Exception]:
        return [Refused() if item == 3 else item for item in items]

    async with gathering(process) as group:
        answers = await asyncio.gather(*map(group.submit, range(6)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [int, int, int, Refused, int, int]


async def test_a_batch_that_breaks_leaves_the_next_one_whole() -> None:
    seen: Batches = []

    async def process(items: Sequence[int]) -> list[int | Exception]:
        seen.append(list(items))
        if len(seen) == 1:
            raise Refused
        return list(items)

    async with gathering(process) as group:
        first = await asyncio.gather(group.submit(1), return_exceptions=True)
        second = await group.submit(2)
    assert isinstance(first[0], Refused)
    assert second == 2


async def test_a_wrong_number_of_answers_leaves_nobody_waiting() -> None:
    async def process(items: Sequence[int]) -> Sequence[int | Exception]:
        return items[:-1]

    async with gathering(process) as group, asyncio.timeout(PATIENCE_SECONDS):
        answers = await asyncio.gather(*map(group.submit, range(4)), return_exceptions=True)
    assert all(isinstance(answer, Exception) for answer in answers)


async def test_a_cancelled_caller_takes_nobody_along() -> None:
    seen: Batches = []
    hanging = asyncio.Event()
    async with gathering(doubling(seen, hanging=hanging)) as group:
        callers = [asyncio.create_task(group.submit(item)) for item in range(10)]

        async def all_are_being_processed() -> bool:
            return sum(map(len, seen)) == 10

        await until(all_are_being_processed)
        callers[4].cancel()
        hanging.set()
        answers = await asyncio.gather(*callers, return_exceptions=True)
        assert isinstance(answers[4], asyncio.CancelledError)
        assert [answer for answer in answers if isinstance(answer, int)] == [
            item * 2 for item in range(10) if item != 4
        ]
        # And the loop goes on.
        assert await group.submit(50) == 100


async def test_a_caller_that_gives_up_while_gathering_takes_nobody_along() -> None:
    async with gathering(doubling([])) as group:
        callers = [asyncio.create_task(group.submit(item)) for item in range(5)]
        await asyncio.sleep(0)
        callers[0].cancel()
        answers = await asyncio.gather(*callers, return_exceptions=True)
    assert answers[1:] == [2, 4, 6, 8]


async def test_a_caller_out_of_patience_takes_nobody_along() -> None:
    hanging = asyncio.Event()
    async with gathering(doubling([], hanging=hanging)) as group:
        patient = asyncio.create_task(group.submit(2))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(group.submit(1), 0.05)
        hanging.set()
        assert await patient == 4


async def test_no_more_batches_run_at_once_than_there_are_writers() -> None:
    running, most = 0, 0
    all_write = asyncio.Event()

    async def process(items: Sequence[int]) -> list[int | Exception]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 3:
            all_write.set()
        await all_write.wait()
        await asyncio.sleep(0.005)  # time for one more than there may be
        running -= 1
        return list(items)

    async with gathering(process, most=2, writers=3) as group:
        await asyncio.gather(*map(group.submit, range(40)))
    assert most == 3


async def test_stopping_answers_everybody_who_was_taken() -> None:
    seen: Batches = []
    group = GroupCommit[int, int](doubling(seen, seconds=0.05), most=4, writers=1)
    group.start()
    callers = [asyncio.create_task(group.submit(item)) for item in range(20)]
    await asyncio.sleep(0.01)
    await group.stop()
    assert await asyncio.gather(*callers) == [item * 2 for item in range(20)]
    with pytest.raises(ShuttingDown):
        await group.submit(1)


async def test_who_comes_to_a_full_queue_is_sent_away_and_those_in_it_are_served() -> None:
    begun: list[int] = []
    hanging = asyncio.Event()

    async def process(items: Sequence[int]) -> list[int | Exception]:
        begun.extend(items)
        await hanging.wait()
        return list(items)

    group = GroupCommit[int, int](process, most=1, writers=2, longest_queue=10)
    group.start()
    # Two are with the writers that hang, ten wait.
    callers = [asyncio.create_task(group.submit(item)) for item in range(2)]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(begun) < 2:  # noqa: ASYNC110  (until the writers have taken them)
            await asyncio.sleep(0.01)
    callers += [asyncio.create_task(group.submit(item)) for item in range(2, 12)]
    await asyncio.sleep(0)
    for item in (12, 13):
        with pytest.raises(TooManyWaiting):
            await group.submit(item)
    hanging.set()
    assert await asyncio.gather(*callers) == list(range(12))
    assert await group.submit(14) == 14
    await group.stop()


async def test_who_waited_too_long_for_a_writer_is_sent_away_and_never_begun() -> None:
    begun: list[int] = []
    hanging = asyncio.Event()

    async def process(items: Sequence[int]) -> list[int | Exception]:
        begun.extend(items)
        await hanging.wait()
        return list(items)

    group = GroupCommit[int, int](process, most=1, writers=1, patience_seconds=0.05)
    group.start()
    first = asyncio.create_task(group.submit(1))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not begun:  # noqa: ASYNC110  (until the writer has taken it)
            await asyncio.sleep(0.01)
    late = [asyncio.create_task(group.submit(item)) for item in range(2, 7)]
    await asyncio.sleep(0.2)
    hanging.set()
    answers = await asyncio.gather(*late, return_exceptions=True)
    assert [type(answer) for answer in answers] == [TooManyWaiting] * 5
    assert await first == 1
    group._patience_seconds = PATIENCE_SECONDS  # the next one is not meant to come too late
    assert (await group.submit(7), begun) == (7, [1, 7])
    await group.stop()


async def test_before_it_starts_it_takes_nothing() -> None:
    with pytest.raises(ShuttingDown):
        await GroupCommit[int, int](doubling([])).submit(1)
