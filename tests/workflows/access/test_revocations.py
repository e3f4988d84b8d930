"""What lasts, a stream or a long poll: whatever ends it, nothing it began is left behind."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from app.workflows.access.revocations import AccessChanges


class AccessRevokedForTest(Exception):
    """They may not come in any more."""


class Source:
    """Items for a stream, the first at once and no second; and whether it was closed."""

    def __init__(self) -> None:
        self.is_closed = False

    async def items(self) -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            self.is_closed = True


async def may_come_in() -> None:
    """Raise nothing."""


async def may_not() -> None:
    raise AccessRevokedForTest


@pytest.mark.parametrize("is_shut_out", [False, True], ids=["its reader leaves", "its reader is shut out"])
async def test_a_stream_that_ends_leaves_no_task_behind_and_closes_its_source(*, is_shut_out: bool) -> None:
    changes, source, before = AccessChanges(), Source(), asyncio.all_tasks()
    began = asyncio.Event()

    async def read() -> None:
        async for _ in changes.streamed(may_not if is_shut_out else may_come_in, source.items()):
            began.set()

    stream = asyncio.create_task(read())
    await began.wait()
    await asyncio.sleep(0.01)  # it waits for its next item or for news
    if is_shut_out:
        changes.tell()
    else:
        stream.cancel()
    with pytest.raises((asyncio.CancelledError, AccessRevokedForTest)):
        await stream
    assert asyncio.all_tasks() == before
    assert source.is_closed
    assert changes.waiting == 0


async def test_a_stream_that_is_closed_between_two_items_closes_its_source() -> None:
    changes, source = AccessChanges(), Source()
    stream = changes.streamed(may_come_in, source.items())
    assert await anext(stream) == 1
    await stream.aclose()
    assert source.is_closed
    assert changes.waiting == 0


async def test_a_long_poll_whose_client_leaves_takes_its_work_with_it() -> None:
    changes, before = AccessChanges(), asyncio.all_tasks()
    poll = asyncio.create_task(changes.while_in(may_come_in, asyncio.Event().wait()))
    await asyncio.sleep(0.01)
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll
    assert asyncio.all_tasks() == before
    assert changes.waiting == 0
