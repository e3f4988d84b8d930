"""The database's clock in one process: right whatever the machine's time of day, wherever it was read."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.clock import ClockNotRead, ClockSample, DatabaseClock
from tests.builders import NOON

Seconds = st.floats(0.001, 5)


class Monotonic:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_it_says_what_the_database_says(connection: AsyncConnection) -> None:
    clock = DatabaseClock()
    with pytest.raises(ClockNotRead):
        clock()
    await clock.read(connection)
    before = await connection.scalar(text("SELECT clock_timestamp()"))
    told = clock()
    after = await connection.scalar(text("SELECT clock_timestamp()"))
    assert before is not None
    assert after is not None
    slack = timedelta(seconds=1)
    assert before - slack <= told <= after + slack


@given(st.lists(st.tuples(Seconds, Seconds, st.floats(0, 1)), min_size=1, max_size=20))
def test_it_is_never_wrong_by_more_than_half_of_its_best_round_trip(
    asked: list[tuple[float, float, float]],
) -> None:
    """The truth runs with the monotonic clock; an answer leaves anywhere within its round trip."""
    monotonic = Monotonic()
    clock = DatabaseClock(monotonic=monotonic)
    for pause, trip, share in asked:
        monotonic.now += pause
        answered_at = monotonic.now + trip * share
        monotonic.now += trip
        moment = NOON + timedelta(seconds=answered_at - 1000)
        clock.take(ClockSample(moment, monotonic.now - trip / 2, trip / 2))
        truth = NOON + timedelta(seconds=monotonic.now - 1000)
        best = min(trip for _, trip, _ in asked)
        newest_is_best = trip == best
        limit = trip / 2 if newest_is_best else max(each for _, each, _ in asked) / 2
        assert abs((clock() - truth).total_seconds()) <= limit + 1e-3


def test_another_servers_clock_is_taken_over_though_it_was_read_slowly() -> None:
    """After a failover to a server that is three minutes behind, all replicas follow it."""
    monotonic = Monotonic()
    clock = DatabaseClock(monotonic=monotonic)
    clock.take(ClockSample(NOON, 1000.0, 0.0001))
    monotonic.now += 1
    clock.take(ClockSample(NOON - timedelta(minutes=3), 1001.0, 0.5))
    assert clock() == NOON - timedelta(minutes=3)
