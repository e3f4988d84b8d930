"""A reader of outcomes keeps its cursor: through a dump and a restore, and whatever becomes of ids."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from app.workflows.payments.feed_watch import FeedMonitor
from tests.conftest import a_service
from tests.own_server import OwnServer, own_server
from tests.patience import PATIENCE_SECONDS
from tests.service import Service

BURN = "DO $$ BEGIN FOR i IN 1..{} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
NEXT_ID = "SELECT (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint"


@pytest.fixture
def before() -> Iterator[OwnServer]:
    """The server that is dumped."""
    with own_server() as own:
        yield own


@pytest.fixture
def after() -> Iterator[OwnServer]:
    """The server into which it is restored."""
    with own_server() as own:
        yield own


@pytest.fixture(autouse=True)
def _feeds_are_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """All payments here are one payment again and again: a feed that is noticed, sooner or later."""

    async def unwatched(_: FeedMonitor) -> None:
        """Look at nothing."""

    monkeypatch.setattr(FeedMonitor, "tick", unwatched)


async def settled(service: Service, count: int) -> set[str]:
    """Post payments that the machine settles; return their names."""
    bodies = [service.body() for _ in range(count)]
    answer = await service.client.post("/v1/transactions/batch", json=bodies, headers=service.headers)
    assert {row["answer"]["label"] for row in answer.json()["results"]} == {"legit"}
    return {body["transaction_id"] for body in bodies}


async def heard(service: Service, cursor: str, count: int) -> tuple[list[str], str]:
    """Read on behind a cursor until so many were heard and nothing follows, and return where that is.

    What is committed is told once no older writer is under way: here, who indexes payments.
    """
    names: list[str] = []
    began = time.monotonic()
    while True:
        answer = await service.get("/v1/outcomes", after=cursor, limit=1000)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        if not page["outcomes"]:
            if len(names) >= count or time.monotonic() > began + PATIENCE_SECONDS:
                return names, cursor
            await asyncio.sleep(0.02)
        names += [outcome["transaction_id"] for outcome in page["outcomes"]]
        cursor = page["next_cursor"]


def restore(before: OwnServer, after: OwnServer) -> None:
    """Dump one server's database into the other's, as an operator does."""
    name = f"{uuid4().hex}.sql"
    dump, taken = before.folder / name, after.folder / name
    before.program("pg_dump", "--file", name, before.where())
    for statement in ("DROP DATABASE IF EXISTS tertium WITH (FORCE)", "CREATE DATABASE tertium"):
        after.program("psql", "--quiet", "-v", "ON_ERROR_STOP=1", "-c", statement, after.where("postgres"))
    taken.write_bytes(dump.read_bytes())
    taken.chmod(0o644)
    after.program("psql", "--quiet", "-v", "ON_ERROR_STOP=1", "-f", name, after.where())


@pytest.mark.parametrize("is_old", [False, True], ids=["cursor of today", "cursor without an epoch"])
async def test_after_a_restore_into_a_younger_server_a_kept_cursor_hears_all_that_follows(
    before: OwnServer, after: OwnServer, *, is_old: bool
) -> None:
    await before.asked(BURN.format(20_000))
    async with a_service(before.url) as service:
        first = await settled(service, 300)
        names, cursor = await heard(service, "0-0", 300)
        assert (len(names), set(names)) == (300, first)
        unheard = await settled(service, 20)
    await asyncio.to_thread(restore, before, after)
    assert int(str(await after.asked(NEXT_ID))) < int(str(await before.asked(NEXT_ID))) - 10_000
    kept = cursor.partition("-")[2] if is_old else cursor
    async with a_service(after.url) as service:
        assert set((await heard(service, "0-0", 320))[0]) == first | unheard, "hidden until ids catch up"
        again, kept = await heard(service, kept, 20)
        assert (len(again), set(again)) == (20, unheard)
        later = await settled(service, 50)
        await after.asked(BURN.format(25_000))  # ids overtake those that came with the dump
        last = await settled(service, 50)
        names, _ = await heard(service, kept, 100)
    assert (len(names), set(names)) == (100, later | last)


async def test_a_second_restore_begins_another_epoch_and_going_home_a_third(
    before: OwnServer, after: OwnServer
) -> None:
    """To the other server and back: the history of the first is not taken up where it was left."""
    cursor = "0-0"
    for here, there in ((before, after), (after, before), (before, before)):
        async with a_service(here.url) as service:
            posted = await settled(service, 5)
            names, cursor = await heard(service, cursor, 5)
            assert set(names) == posted
        if here is not there:
            await asyncio.to_thread(restore, here, there)
    assert await before.asked("SELECT count(DISTINCT epoch) FROM outcomes") == 3


async def test_a_cursor_from_a_future_that_was_lost_is_refused_with_a_sentence(
    before: OwnServer, after: OwnServer
) -> None:
    """The dump is older than the cursor: what it stood at never happened here."""
    async with a_service(before.url) as service:
        await settled(service, 3)
        await asyncio.to_thread(restore, before, after)
        await settled(service, 3)
        _, cursor = await heard(service, "0-0", 6)
    async with a_service(after.url) as service:
        for lost in (cursor, cursor.partition("-")[2]):
            refused = await service.get("/v1/outcomes", after=lost)
            assert refused.status_code == 410
            assert "begin again" in refused.json()["detail"]
        assert len((await heard(service, "0-0", 3))[0]) == 3


async def test_ids_that_went_back_begin_a_new_epoch(before: OwnServer) -> None:
    async with a_service(before.url) as service:
        await settled(service, 3)
    with before.stopped():
        before.program("pg_resetwal", "-e", "1", "postgres")
    async with a_service(before.url) as service:
        second = await settled(service, 3)
        names, cursor = await heard(service, "0-0", 6)
        assert second < set(names)
    with before.stopped():
        before.program("pg_resetwal", "-e", "0", "postgres")
    async with a_service(before.url) as service:
        third = await settled(service, 3)
        assert set((await heard(service, cursor, 3))[0]) == third


async def test_beyond_the_2_to_the_31st_transaction_everything_is_taken_and_told(before: OwnServer) -> None:
    with before.stopped():
        before.program("pg_resetwal", "-e", "1", "postgres")
    assert int(str(await before.asked(NEXT_ID))) > 2**32
    async with a_service(before.url) as service:
        bodies = [service.body() for _ in range(30)]
        assert {(await service.post(body)).status_code for body in bodies} == {200}
        more = await settled(service, 100)
        names, _ = await heard(service, "0-0", 130)
        assert (len(names), set(names)) == (130, {body["transaction_id"] for body in bodies} | more)
