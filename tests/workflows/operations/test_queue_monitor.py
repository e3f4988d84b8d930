"""Many watch, one reads; what is slow to count is counted rarely; streams end when they should."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.operations import queue_figures
from app.database.server.session import DatabaseUnavailable
from app.review.queue.service_level import ServiceLevels
from app.triage.staffing import USUAL_STAFFING
from app.workflows.operations.queue_monitor import MOST_WATCHERS, QueueMonitor, TooManyWatchers
from tests.builders import NOON, Clock
from tests.operations_builders import OperationsTables
from tests.patience import PATIENCE_SECONDS
from tests.service import Service


class Ticks:
    """A monotonic clock that tests set."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def watch(engine: AsyncEngine, ticks: Ticks) -> QueueMonitor:
    return a_watch(engine, ticks)


def a_watch(engine: AsyncEngine, ticks: Callable[[], float], *, period_seconds: float = 2.0) -> QueueMonitor:
    return QueueMonitor(
        engine,
        clock=Clock(),
        monotonic=ticks,
        levels=ServiceLevels(),
        staffing=lambda: USUAL_STAFFING,
        period_seconds=period_seconds,
    )


def statements(engine: AsyncEngine) -> list[str]:
    """Return a list that fills with what is asked of the database from now on."""
    asked: list[str] = []
    event.listen(
        engine.sync_engine, "before_cursor_execute", lambda *given: asked.append(given[2]), named=False
    )
    return asked


async def test_a_hundred_looks_at_once_are_one_read(
    watch: QueueMonitor, engine: AsyncEngine, ticks: Ticks
) -> None:
    asked = statements(engine)
    seen = await asyncio.gather(*(watch.now() for _ in range(100)))
    assert len({id(each) for each in seen}) == 1
    assert sum("GROUP BY 1, 2, 3, 4, 5" in statement for statement in asked) == 1
    ticks.seconds += 1.9
    assert await watch.now() is seen[0]
    ticks.seconds += 0.2
    assert await watch.now() is not seen[0]


async def test_a_count_that_takes_long_is_given_a_rest(
    watch: QueueMonitor, ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = queue_figures.depth
    counted = []

    async def slow(*given: Any) -> Any:
        counted.append(ticks.seconds)
        ticks.seconds += 1.5
        return await real(*given)

    monkeypatch.setattr(queue_figures, "depth", slow)
    began = ticks.seconds
    while ticks.seconds < began + 70:
        await watch.now()
        ticks.seconds += 2
    assert [round(each - began) for each in counted] == pytest.approx([0, 30, 60], abs=4)


async def test_what_is_seen_is_what_is_there(
    watch: QueueMonitor, service: Service, engine: AsyncEngine, ticks: Ticks
) -> None:
    del service
    tables = OperationsTables(engine=engine)
    ada = await tables.person("Ada")
    case_id = await tables.case(expected_loss=600, opened_at=NOON - timedelta(minutes=20))
    seen = await watch.now()
    assert (seen.depth.total(), len(seen.holds)) == (1, 0)
    await tables.hold(case_id, ada)
    await tables.judged(ada, at=NOON - timedelta(minutes=5))
    ticks.seconds += 3
    seen = await watch.now()
    assert [each.holder for each in seen.holds] == ["Ada"]
    assert [each.cases for each in seen.paces] == [1]


async def test_after_a_change_of_ones_own_the_next_look_is_fresh(watch: QueueMonitor) -> None:
    before = await watch.now()
    watch.forget()
    assert await watch.now() is not before


async def test_there_are_so_many_seats_and_a_left_one_is_free_again(watch: QueueMonitor) -> None:
    with pytest.raises(TooManyWatchers):
        _take_all_and_one_more(watch)
    assert watch.watchers == 0
    with watch.stream_slot():
        assert watch.watchers == 1


def _take_all_and_one_more(watch: QueueMonitor, taken: int = 0) -> None:
    with watch.stream_slot():
        assert watch.watchers == taken + 1 <= MOST_WATCHERS
        _take_all_and_one_more(watch, taken + 1)


async def test_a_stream_ends_at_once_when_the_service_stops(engine: AsyncEngine) -> None:
    watch = a_watch(engine, asyncio.get_running_loop().time, period_seconds=3600)
    watched = watch.watched()
    assert await anext(watched) is not None
    coming = asyncio.ensure_future(anext(watched, "the end"))
    await asyncio.sleep(0.05)
    assert not coming.done()
    watch.end()
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await coming == "the end"
    with pytest.raises(TooManyWatchers), watch.stream_slot():
        pass


async def test_a_stream_ends_after_a_while_so_that_logins_are_checked_anew(
    engine: AsyncEngine, ticks: Ticks
) -> None:
    watch = a_watch(engine, ticks, period_seconds=0.001)
    seen = 0
    async for _ in watch.watched():
        seen += 1
        ticks.seconds += 30
    assert seen == 4


async def test_while_the_database_is_away_the_stream_says_so_and_goes_on(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = a_watch(engine, asyncio.get_running_loop().time, period_seconds=0.01)
    watched = watch.watched()
    assert await anext(watched) is not None

    async def away(*_: object) -> None:
        raise DatabaseUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(queue_figures, "holds", away)
        assert await anext(watched) is None
    assert await anext(watched) is not None
    watch.end()
