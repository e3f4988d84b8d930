"""Disasters, with a real service in its own process: what was acknowledged is there afterwards."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app.database.server.embedded import attach
from app.database.server.migrations import migrate
from app.database.server.processes.guardian import postmaster
from app.web.dependencies import cookie_name
from tests.journeys.live import Live, is_ready, live_service, tertium, wait_until
from tests.patience import PATIENCE_SECONDS

UNKNOWN_WITHOUT_CASE = """
SELECT count(*) FROM decisions d WHERE label = 'unknown' AND attempt = 1
    AND (SELECT count(*) FROM cases c WHERE c.transaction_id = d.transaction_id AND c.state = 'open') <> 1
"""
HALF_STORED = """
SELECT count(*) FROM payments FULL JOIN payment_keys
    ON payment_id = id AND key = payment_identity(client_id, transaction_id)
WHERE payment_id IS NULL OR id IS NULL
"""

#: How often something is killed, after how many answers each time, and of how many payments.
KILLS, BREAKS_AFTER, POSTED = 10, 400, 1_500
#: Payments that are all alike are noticed as a wrong feed, and come to people.
MANY_CASES = {"TERTIUM_UNAVAILABLE_BACKLOG": "1000000"}


@pytest.fixture
def place() -> Iterator[Path]:
    """Outside pytest's own folders, which it closes to other users at will."""
    with tempfile.TemporaryDirectory(prefix="tertium-crash-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def data_dir(place: Path) -> Iterator[Path]:
    """A data folder whose server stops before the folder goes."""
    folder = place / "data"
    yield folder
    wait_until(lambda: not (folder / "postgres").exists() or postmaster(folder) is None)


def bodies(features: list[str], count: int) -> list[dict[str, Any]]:
    """Return payments, every third in a currency the model does not know: a case."""
    return [
        {
            "transaction_id": uuid4().hex,
            "occurred_at": "2026-05-01T12:00:00Z",
            "amount": "41.90",
            "currency": "JPY" if number % 3 == 0 else "EUR",
            "features": dict.fromkeys(features, 0.1),
        }
        for number in range(count)
    ]


async def features_of(live: Live, key: str) -> list[str]:
    async with httpx.AsyncClient(headers={"X-API-Key": key}, timeout=PATIENCE_SECONDS) as client:
        return list((await client.get(f"{live.url}/v1/model")).json()["features"])


async def resend(live: Live, key: str, sent: list[dict[str, Any]]) -> dict[str, Any]:
    """Send everything again in batches; return the answers by id."""
    async with httpx.AsyncClient(headers={"X-API-Key": key}, timeout=60) as client:
        answer = await client.post(f"{live.url}/v1/transactions/batch", json=sent)
        results = answer.json()["results"]
    assert {result["status"] for result in results} == {200}
    return {result["answer"]["transaction_id"]: result["answer"] for result in results}


async def ask(url: str, question: str) -> Any:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def test_after_kill_9_under_load_every_acknowledged_payment_is_there(data_dir: Path) -> None:
    heard: dict[str, Any] = {}
    with live_service(data_dir) as live:
        key = live.key("shop")
        sent = bodies(asyncio.run(features_of(live, key)), 3000)
        asyncio.run(killed_under_load(live, key, sent, heard, None))
    assert BREAKS_AFTER <= len(heard) < 3000
    with live_service(data_dir) as live, attach(data_dir) as server:
        for question in (UNKNOWN_WITHOUT_CASE, HALF_STORED):
            assert asyncio.run(ask(server.url(), question)) == 0
        kept = asyncio.run(ask(server.url(), "SELECT count(*) FROM transactions"))
        assert kept >= len(heard)
        again = asyncio.run(resend(live, key, sent))
        assert {name: again[name] for name in heard} == heard
        assert asyncio.run(ask(server.url(), "SELECT count(*) FROM transactions")) == 3000
        assert asyncio.run(ask(server.url(), UNKNOWN_WITHOUT_CASE)) == 0


@pytest.mark.slow
@pytest.mark.parametrize("killed", ["service", "database"])
def test_ten_kills_in_a_row_lose_double_and_orphan_nothing(data_dir: Path, killed: str) -> None:
    """Under 32 callers, with links: of all that was ever acknowledged each answer is as it was."""
    heard: dict[str, Any] = {}
    posted: list[dict[str, Any]] = []
    key = ""
    for _ in range(KILLS):
        with live_service(data_dir, **MANY_CASES) as live:
            key = key or live.key("shop")
            sent = linked(bodies(asyncio.run(features_of(live, key)), POSTED))
            posted += sent
            asyncio.run(killed_under_load(live, key, sent, heard, data_dir if killed == "database" else None))
    assert len(heard) >= KILLS * BREAKS_AFTER
    with live_service(data_dir, **MANY_CASES) as live, attach(data_dir) as server:
        again: dict[str, Any] = {}
        for begin in range(0, len(posted), POSTED):
            again |= asyncio.run(resend(live, key, posted[begin : begin + POSTED]))
        assert {name: again[name] for name in heard} == heard
        assert asyncio.run(ask(server.url(), "SELECT count(*) FROM transactions")) == len(posted)
        for question in (UNKNOWN_WITHOUT_CASE, HALF_STORED):
            assert asyncio.run(ask(server.url(), question)) == 0


def linked(sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let payments have cards, devices and addresses in common."""
    for number, body in enumerate(sent):
        body["attributes"] = {
            "card": f"C-{number % 700}",
            "device": f"D-{number % 900}",
            "merchant": f"M-{number % 40}",
            "ip": f"192.0.2.{number % 250}",
        }
    return sent


async def killed_under_load(
    live: Live, key: str, sent: list[dict[str, Any]], heard: dict[str, Any], database: Path | None
) -> None:
    """Post until the service is killed; or kill its database meanwhile, and go on until all is answered."""
    waiting, aim = iter(sent), len(heard) + BREAKS_AFTER
    limits = httpx.Limits(max_connections=32)
    broken = asyncio.Event()
    async with httpx.AsyncClient(
        headers={"X-API-Key": key}, timeout=PATIENCE_SECONDS, limits=limits
    ) as client:

        async def caller() -> None:
            for body in waiting:
                try:
                    answer = await client.post(f"{live.url}/v1/transactions", json=body)
                    while answer.status_code == 503:
                        await asyncio.sleep(0.1)
                        answer = await client.post(f"{live.url}/v1/transactions", json=body)
                except httpx.TransportError:
                    assert database is None
                    return
                assert answer.status_code == 200, answer.text
                heard[body["transaction_id"]] = answer.json()
                if len(heard) >= aim:
                    broken.set()

        async def killer() -> None:
            await broken.wait()
            if database is None:
                await asyncio.to_thread(live.kill)
                return
            process = postmaster(database)
            assert process is not None
            os.kill(process, signal.SIGKILL)

        await asyncio.gather(killer(), *(caller() for _ in range(32)))


def test_an_embedded_database_that_is_killed_comes_back_by_itself(data_dir: Path) -> None:
    with live_service(data_dir) as live:
        key = live.key("shop")
        features = asyncio.run(features_of(live, key))
        before, after = bodies(features, 1), bodies(features, 1)
        client = httpx.Client(base_url=live.url, headers={"X-API-Key": key}, timeout=PATIENCE_SECONDS)
        first = client.post("/v1/transactions", json=before[0])
        assert first.status_code == 200
        process = postmaster(data_dir)
        assert process is not None
        os.kill(process, signal.SIGKILL)
        wait_until(lambda: client.post("/v1/transactions", json=after[0]).status_code == 200)
        wait_until(lambda: is_ready(live.url))
        assert client.post("/v1/transactions", json=before[0]).json() == first.json()
        assert postmaster(data_dir) != process
        client.close()


def everybody_is_told_to_come_back(client: httpx.Client, sent: list[dict[str, Any]], cookie: str) -> None:
    for answer in (
        client.post("/v1/transactions", json=sent[1]),
        client.post("/v1/transactions", json=sent[0]),
        client.post("/v1/transactions/batch", json=sent),
        client.post("/v1/labels", json={"labels": [_label(sent[0])]}),
        client.get(f"/v1/transactions/{sent[0]['transaction_id']}"),
        client.get("/v1/outcomes"),
    ):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2"), answer.text
        assert answer.json()["type"] == "urn:tertium:problem:database-unavailable"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["database"], ready.json()["model"]) == (503, False, True)
    assert client.get("/healthz").status_code == 200
    page = client.get("/review", headers={"Cookie": f"{cookie}=whatever"})
    assert (page.status_code, page.headers["Retry-After"]) == (503, "2")
    assert page.headers["Content-Type"].startswith("text/html")


def test_while_a_database_is_gone_callers_are_told_to_come_back(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of the operator's own: the service does not start it, and takes up work when it is back."""
    own = place / "own"
    with attach(own) as server:
        asyncio.run(migrate(server.url()))
        monkeypatch.setenv("TERTIUM_DATABASE_URL", server.url())
        key = tertium("key", "add", "shop").split()[-1]
        with live_service(place / "unused") as live:
            client = httpx.Client(base_url=live.url, headers={"X-API-Key": key}, timeout=PATIENCE_SECONDS)
            sent = bodies(asyncio.run(features_of(live, key)), 6)
            first = client.post("/v1/transactions", json=sent[0]).json()
            installation = asyncio.run(ask(server.url(), "SELECT id FROM installation"))
            cookie = cookie_name(str(installation), is_secure=False)
            process = postmaster(own)
            assert process is not None
            os.kill(process, signal.SIGKILL)
            wait_until(lambda: not is_ready(live.url))
            everybody_is_told_to_come_back(client, sent, cookie)
            with attach(own) as again:
                wait_until(lambda: is_ready(live.url))
                assert client.post("/v1/transactions", json=sent[0]).json() == first
                heard = asyncio.run(resend(live, key, sent))
                assert heard.keys() == {body["transaction_id"] for body in sent}
                assert asyncio.run(ask(again.url(), UNKNOWN_WITHOUT_CASE)) == 0
            client.close()


def _label(body: dict[str, Any]) -> dict[str, str]:
    return {
        "transaction_id": body["transaction_id"],
        "label": "legit",
        "source": "audit",
        "occurred_at": "2026-05-01T12:00:00Z",
        "learned_at": "2026-05-02T12:00:00Z",
    }
