"""Who holds outcomes back is named: an idle transaction, of any database, or one prepared and forgotten."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from app.workflows import database_watch
from tests.builders import until
from tests.conftest import a_service
from tests.own_server import OwnServer, own_server
from tests.service import Service

#: What holds outcomes back for so long is named; it is 5 s where nobody wants to see it at once.
LONG_SECONDS = 1.0
TAKES_AN_ID = "SELECT pg_current_xact_id()"


@pytest.fixture(scope="module")
def own() -> Iterator[OwnServer]:
    """A server that may prepare transactions, and on which nobody else writes."""
    with own_server() as own:
        own.program("psql", "-c", "ALTER SYSTEM SET max_prepared_transactions = 5", own.where())
        with own.stopped():
            pass
        yield own


@pytest.fixture(autouse=True)
def soon_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_watch, "HOLDS_BACK_SECONDS", LONG_SECONDS)


async def held_back(service: Service) -> dict[str, Any] | None:
    answer = await service.client.get("/readyz")
    assert answer.status_code == 200, "it is ready all the same"
    found: dict[str, Any] | None = answer.json().get("outcomes_held_back_by")
    return found


async def told(service: Service) -> int:
    return len((await service.get("/v1/outcomes")).json()["outcomes"])


@pytest.mark.parametrize("kind", ["idle, in another database", "prepared"])
async def test_what_holds_outcomes_back_is_named_until_it_is_over(
    own: OwnServer, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level(logging.WARNING)
    async with a_service(own.url) as service:
        before = await told(service)
        holding = await own.connected("postgres")
        await holding.execute("BEGIN")
        await holding.execute(TAKES_AN_ID)
        process = holding.get_server_pid()
        if kind == "prepared":
            await holding.execute("PREPARE TRANSACTION 'forgotten'")
        assert (await service.post(service.body())).json()["label"] == "legit"
        assert await told(service) == before

        async def is_named() -> bool:
            return await held_back(service) is not None

        await until(is_named)
        named = await held_back(service)
        assert named is not None
        who = (None, "forgotten") if kind == "prepared" else (process, None)
        assert (named["pid"], named["gid"], named["database"]) == (*who, "postgres")
        assert named["seconds"] >= LONG_SECONDS
        lines = [vars(each)["detail"] for each in caplog.records if "held back" in each.message]
        assert len(lines) == 1
        assert ("'forgotten'" if kind == "prepared" else str(process)) in lines[0]
        await holding.execute("ROLLBACK PREPARED 'forgotten'" if kind == "prepared" else "ROLLBACK")
        await holding.close()

        async def is_told() -> bool:
            return await told(service) == before + 1 and await held_back(service) is None

        await until(is_told)


async def test_a_role_without_rights_learns_who_it_is_too(own: OwnServer) -> None:
    """`pg_stat_activity` hides other people's transactions from ordinary roles; locks do not."""
    for statement in (
        "CREATE ROLE plain LOGIN",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO plain",
        "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO plain",
    ):
        await own.asked(statement)
    holding = await own.connected("postgres")
    await holding.execute("BEGIN")
    await holding.execute(TAKES_AN_ID)
    async with a_service(own.url.replace("tertium@", "plain@")) as service:

        async def is_named() -> bool:
            named = await held_back(service)
            return named is not None and named["pid"] == holding.get_server_pid()

        await until(is_named)
    await holding.execute("ROLLBACK")
    await holding.close()
