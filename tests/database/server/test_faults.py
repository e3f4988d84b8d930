"""What an error of PostgreSQL means, by its class; and what becomes of the connection that met it."""

import logging
from contextlib import suppress
from traceback import format_exception

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.server.fault_log import INTERVAL_SECONDS, FaultLog
from app.database.server.faults import Fault, fault_of, refuses_value
from app.database.server.session import DatabaseUnavailable, RowRefused, connect, savepoint, transaction
from tests.builders import run, value

RAISE = "DO $$ BEGIN RAISE EXCEPTION 'for a test' USING ERRCODE = '{}'; END $$"
PROCESS = "SELECT pg_backend_pid()"

#: What PostgreSQL may say on a bad day, and how we name it.
CODES = {
    "25006": Fault.READ_ONLY,
    "53000": Fault.BUSY,
    "53100": Fault.DISK_FULL,
    "53200": Fault.OUT_OF_MEMORY,
    "53300": Fault.BUSY,
    "53400": Fault.BUSY,
    "40001": Fault.CONTENDED,
    "40P01": Fault.CONTENDED,
    "40003": Fault.CONTENDED,
    "55P03": Fault.CONTENDED,
    "55006": Fault.CONTENDED,
    "57014": Fault.CANCELLED,
    "57P01": Fault.GONE,
    "57P02": Fault.GONE,
    "57P03": Fault.GONE,
    "57P04": Fault.GONE,
    "57P05": Fault.GONE,
    "25P03": Fault.GONE,
    "25P04": Fault.GONE,
    "08006": Fault.GONE,
    "08P01": Fault.GONE,
    "26000": Fault.LOST_STATEMENT,
    "28000": Fault.LOCKED_OUT,
    "28P01": Fault.LOCKED_OUT,
    "3D000": Fault.LOCKED_OUT,
    "58030": Fault.BROKEN,
}


class _Said(Exception):
    """An error as the driver gives it."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("for a test")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(("code", "fault"), CODES.items(), ids=CODES)
async def test_what_is_no_fault_of_the_request_is_named_and_told_to_come_again(
    engine: AsyncEngine, code: str, fault: Fault
) -> None:
    """Raised by a real server, through the real driver."""
    with pytest.raises(DatabaseUnavailable) as told:
        await run(engine, RAISE.format(code))
    assert told.value.fault is fault
    assert await value(engine, "SELECT 1") == 1


@given(
    st.sampled_from(["08", "40", "53", "57", "58"]),
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3),
)
def test_a_code_nobody_listed_falls_where_its_class_is(of_class: str, rest: str) -> None:
    assert fault_of(_Said(of_class + rest)) is not None


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3))
def test_mistakes_of_ours_and_of_the_caller_are_no_faults_of_the_database(rest: str) -> None:
    for of_class in ("22", "23", "42", "P0"):
        assert fault_of(_Said(of_class + rest)) is None


def test_an_exhausted_sequence_is_nobodys_value() -> None:
    assert refuses_value(_Said("22003"))
    assert not refuses_value(_Said("2200H"))
    assert not refuses_value(_Said("23514"))
    assert refuses_value(_Said("23514"), in_row=True)


@pytest.mark.parametrize("code", ["25006", "26000"])
async def test_a_spoilt_connection_is_never_used_again(database_url: str, code: str) -> None:
    engine = connect(database_url, pool_size=1, max_overflow=0)
    before = await value(engine, PROCESS)
    with pytest.raises(DatabaseUnavailable):
        await run(engine, RAISE.format(code))
    assert await value(engine, PROCESS) != before
    await engine.dispose()


@pytest.mark.parametrize("code", ["40001", "53100", "53200", "55P03", "57014"])
async def test_a_connection_that_is_as_good_as_before_is_kept(database_url: str, code: str) -> None:
    engine = connect(database_url, pool_size=1, max_overflow=0)
    before = await value(engine, PROCESS)
    with pytest.raises(DatabaseUnavailable):
        await run(engine, RAISE.format(code))
    assert await value(engine, PROCESS) == before
    await engine.dispose()


async def test_once_one_connection_met_a_read_only_server_all_are_made_anew(database_url: str) -> None:
    engine = connect(database_url, pool_size=2, max_overflow=0)
    async with transaction(engine) as first, transaction(engine) as second:
        before = {await each.scalar(text(PROCESS)) for each in (first, second)}
    with pytest.raises(DatabaseUnavailable):
        await run(engine, RAISE.format("25006"))
    async with transaction(engine) as first, transaction(engine) as second:
        after = {await each.scalar(text(PROCESS)) for each in (first, second)}
    assert not before & after
    await engine.dispose()


async def test_a_plan_gone_stale_is_told_to_come_again_and_works_then(engine: AsyncEngine) -> None:
    await run(engine, "CREATE TABLE changing (it integer)")
    assert await value(engine, "SELECT count(*) FROM (SELECT * FROM changing) it") == 0
    async with transaction(engine) as connection:
        await connection.execute(text("SELECT * FROM changing"))
    await run(engine, "ALTER TABLE changing ALTER COLUMN it TYPE text")
    told: list[Fault] = []
    for _ in range(3):
        try:
            await run(engine, "SELECT * FROM changing")
        except DatabaseUnavailable as away:
            told.append(away.fault)
    assert told == [Fault.STALE_PLAN]


async def test_statements_lost_behind_our_back_are_told_to_come_again_and_work_then(
    database_url: str,
) -> None:
    engine = connect(database_url, pool_size=1, max_overflow=0)
    assert await value(engine, "SELECT 7") == 7
    async with transaction(engine) as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        await raw.execute("DEALLOCATE ALL")
    with suppress(DatabaseUnavailable):  # the driver may prepare it again by itself
        await value(engine, "SELECT 7")
    assert await value(engine, "SELECT 7") == 7
    await engine.dispose()


async def test_a_part_that_fails_is_undone_alone(engine: AsyncEngine) -> None:
    await run(engine, "CREATE TABLE parts (it integer CHECK (it > 0))")
    async with transaction(engine) as connection:
        for number in (1, 99_999_999_999, 2):
            try:
                async with savepoint(connection):
                    await connection.execute(text(f"INSERT INTO parts VALUES ({number})"))
            except RowRefused:
                assert number == 99_999_999_999
    assert await value(engine, "SELECT array_agg(it) FROM parts") == [1, 2]


async def test_an_error_tells_nothing_of_the_row_it_was_about(engine: AsyncEngine) -> None:
    """PostgreSQL quotes the whole row in its detail, SQLAlchemy all parameters."""
    card = f"secret-{8840 + 1}"
    await run(engine, f"CREATE TABLE secrets (card text CHECK (card <> '{card}'))")
    with pytest.raises(Exception, match="secrets_card_check") as told:
        await run(engine, "INSERT INTO secrets VALUES (:card)", card=card)
    assert "8841" not in "".join(format_exception(told.value))


def test_a_fault_is_told_at_once_and_then_once_an_interval(caplog: pytest.LogCaptureFixture) -> None:
    now = 100.0
    log = FaultLog(logging.getLogger("tests.faults"), monotonic=lambda: now)
    for _ in range(1000):
        log.note(Fault.READ_ONLY, "25006")
    log.note(Fault.DISK_FULL, "53100")
    now += INTERVAL_SECONDS
    log.note(Fault.READ_ONLY, "25006")
    told = [
        (vars(each)["detail"], vars(each)["sqlstate"], vars(each).get("repeated", 0))
        for each in caplog.records
    ]
    assert told == [
        ("the server takes no writes: it is read-only, or a standby", "25006", 0),
        ("the server's disk is full", "53100", 0),
        ("the server takes no writes: it is read-only, or a standby", "25006", 999),
    ]
    assert log.seen_within(Fault.READ_ONLY, 1.0)
    assert not log.seen_within(Fault.DISK_FULL, 1.0)
